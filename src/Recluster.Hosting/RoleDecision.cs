using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;

namespace Recluster;

/// <summary>Whether this process, which is no worker, becomes the master of a cluster or runs the app alone, and why.</summary>
internal sealed record RoleDecision(bool IsMaster, string Reason, bool IsSurprising = false)
{
    /// <summary>Until the host starts: whether it may be the master.</summary>
    public bool IsMaster { get; private set; } = IsMaster;

    public string Reason { get; private set; } = Reason;

    public bool IsSurprising { get; private set; } = IsSurprising;

    private const string KestrelByHand = "Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServer";
    private const string KestrelServer = "Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerImpl";

    private const string IfItIsTheApp =
        $"; set {ReclusterOptions.SectionName}:{nameof(ReclusterOptions.Enabled)} to true if the command line of this process starts the app";

    private const string TestServer = "Microsoft.AspNetCore.TestHost.TestServer";

    /// <summary>What the decision rests on; separate so that every rule can be tested everywhere.</summary>
    internal sealed record Facts
    {
        public required bool IsLinux { get; init; }

        public Architecture Architecture { get; init; } = Architecture.X64;

        public required bool? Enabled { get; init; }

        /// <summary>Whether anything serves HTTP; a host without a server is clustered as well.</summary>
        public bool HasServer { get; init; } = true;

        /// <summary>The type that serves HTTP, or null if there is none or it is made by a factory.</summary>
        public required string? Server { get; init; }

        /// <summary>The assembly whose Main the process runs, or null where a native program hosts .NET. Its name need not be the application's.</summary>
        public required string? EntryAssembly { get; init; }

        /// <summary>The other program in whose process the app runs, in words; null if the app was started by itself. See <see cref="Recluster.Guest"/>.</summary>
        public string? Guest { get; init; }

        /// <summary>Whether the container gives Kestrel the transports that are registered as a whole.</summary>
        public bool IsContainerFit { get; init; } = true;

        /// <summary>The container that the app uses, for the log.</summary>
        public string Container { get; init; } = "";

        public bool IsDotnetWatch { get; init; }

        public bool IsDebugged { get; init; }
    }

    /// <summary>This host runs alone after all.</summary>
    internal void StandBack(string reason) => (IsMaster, Reason, IsSurprising) = (false, reason, true);

    internal void Log(ILoggerFactory loggerFactory)
    {
        var logger = loggerFactory.CreateMasterLogger();
        if (IsSurprising)
        {
            MasterLog.SingleProcessWarning(logger, Reason);
        }
        else
        {
            MasterLog.SingleProcess(logger, Reason);
        }
    }

    /// <summary>
    /// The first rule that applies decides. It is a surprise where the user asked for a cluster and nothing that he has set or started
    /// says otherwise: those reasons are warnings.
    /// </summary>
    internal static RoleDecision Decide(Facts facts)
    {
        var isGuest = facts.Guest is not null;
        if (!facts.IsLinux)
        {
            return Single("clustering needs Linux", isSurprising: true);
        }

        if (facts.Architecture is not (Architecture.X64 or Architecture.Arm64))
        {
            // The layouts of the kernel's structures are those of 64 bits.
            return Single($"clustering needs an x64 or arm64 process, and this one is {facts.Architecture}", isSurprising: true);
        }

        if (facts.Enabled == false)
        {
            return Single($"{ReclusterOptions.SectionName}:{nameof(ReclusterOptions.Enabled)} is false");
        }

        if (facts.HasServer && facts.Server == KestrelByHand)
        {
            return Single(
                "the server is a KestrelServer that the app registered itself, which takes one transport and not Recluster's. "
                + "Let WebApplication.CreateBuilder or UseKestrel register it",
                isSurprising: true);
        }

        if (facts.HasServer && facts.Server != KestrelServer)
        {
            return Single(
                $"the server is {facts.Server ?? "made by a factory"} and not Kestrel",
                isSurprising: !isGuest && facts.Server != TestServer);
        }

        if (!facts.IsContainerFit)
        {
            return Single(
                $"the container {facts.Container} does not let Recluster choose Kestrel's transports. The framework's container, Autofac and Grace do",
                isSurprising: true);
        }

        if (facts.Enabled == true)
        {
            return new RoleDecision(true, $"{ReclusterOptions.SectionName}:{nameof(ReclusterOptions.Enabled)} is true");
        }

        if (isGuest)
        {
            return Single(facts.Guest + IfItIsTheApp);
        }

        if (facts.EntryAssembly is null)
        {
            return Single("a native program hosts .NET in this process" + IfItIsTheApp, isSurprising: true);
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

    internal static Facts Observe(IServiceCollection services, string? guest, bool? enabled) => new()
    {
        IsLinux = OperatingSystem.IsLinux(),
        Architecture = RuntimeInformation.ProcessArchitecture,
        Enabled = enabled,
        HasServer = HasServer(services),
        Server = services.LastOrDefault(IsServer)?.ImplementationType?.FullName,
        EntryAssembly = Assembly.GetEntryAssembly()?.GetName().Name,
        Guest = guest,
        IsDotnetWatch = Environment.GetEnvironmentVariable("DOTNET_WATCH") == "1",
        IsDebugged = Debugger.IsAttached,
    };
}
