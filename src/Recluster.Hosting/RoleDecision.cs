using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Recluster;

/// <summary>Whether this process, which is no worker, becomes the master of a cluster or runs the app alone, and why.</summary>
internal sealed record RoleDecision(bool IsMaster, string Reason, bool IsSurprising = false)
{
    private const string KestrelServer = "Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerImpl";

    // Test runners that may host an app built by the test itself, whose name is then the runner's own.
    private static readonly string[] TestRunners =
        ["testhost", "Microsoft.TestPlatform.CoreUtilities", "Microsoft.Testing.Platform", "ReSharperTestRunner"];

    /// <summary>What the decision rests on; separate so that every rule can be tested everywhere.</summary>
    internal sealed record Facts
    {
        public required bool IsLinux { get; init; }

        public required bool? Enabled { get; init; }

        /// <summary>Whether anything serves HTTP; a host without a server is clustered as well.</summary>
        public bool HasServer { get; init; } = true;

        /// <summary>The type that serves HTTP, or null if there is none or it is made by a factory.</summary>
        public required string? Server { get; init; }

        public required string? EntryAssembly { get; init; }

        public required string ApplicationName { get; init; }

        public bool IsTestRunner { get; init; }

        public bool IsDotnetWatch { get; init; }

        public bool IsDebugged { get; init; }
    }

    internal static RoleDecision Decide(Facts facts)
    {
        if (!facts.IsLinux)
        {
            return Single("clustering needs Linux", isSurprising: true);
        }

        if (facts.Enabled == false)
        {
            return Single($"{ReclusterOptions.SectionName}:{nameof(ReclusterOptions.Enabled)} is false");
        }

        if (facts.HasServer && facts.Server != KestrelServer)
        {
            return Single($"the server is {facts.Server ?? "made by a factory"} and not Kestrel");
        }

        if (facts.Enabled == true)
        {
            return new RoleDecision(true, $"{ReclusterOptions.SectionName}:{nameof(ReclusterOptions.Enabled)} is true");
        }

        if (facts.IsTestRunner || facts.EntryAssembly != facts.ApplicationName)
        {
            return Single(
                $"the process was started as '{facts.EntryAssembly}' and not as the app '{facts.ApplicationName}', as by a test host "
                + $"(set {ReclusterOptions.SectionName}:{nameof(ReclusterOptions.Enabled)} to true if it is the app)");
        }

        if (facts.IsDotnetWatch)
        {
            return Single("dotnet watch runs it");
        }

        return facts.IsDebugged ? Single("a debugger runs it") : new RoleDecision(true, "the app was started on Linux");

        static RoleDecision Single(string reason, bool isSurprising = false) => new(false, reason, isSurprising);
    }

    internal static bool HasServer(IServiceCollection services) => services.Any(IsServer);

    private static bool IsServer(ServiceDescriptor service) => service.ServiceType == typeof(IServer) && !service.IsKeyedService;

    internal static Facts Observe(IServiceCollection services, string applicationName, bool? enabled) => new()
    {
        IsLinux = OperatingSystem.IsLinux(),
        Enabled = enabled,
        HasServer = HasServer(services),
        Server = services.LastOrDefault(IsServer)?.ImplementationType?.FullName,
        EntryAssembly = Assembly.GetEntryAssembly()?.GetName().Name,
        ApplicationName = applicationName,
        IsTestRunner = AppDomain.CurrentDomain.GetAssemblies().Any(assembly => TestRunners.Contains(assembly.GetName().Name)),
        IsDotnetWatch = Environment.GetEnvironmentVariable("DOTNET_WATCH") == "1",
        IsDebugged = Debugger.IsAttached,
    };
}
