using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Recluster;
using Recluster.Hosts;
using Recluster.Lifecycle;
using Recluster.Processes;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The first of the two lines that make an app a cluster.</summary>
public static class ReclusterServiceCollectionExtensions
{
    /// <summary>
    /// Makes the process that the user starts the master of <see cref="ReclusterOptions.Workers"/> copies of itself, which serve the
    /// app's endpoints together. Where there can be no cluster (not on Linux, another server than Kestrel, a test host,
    /// <c>dotnet watch</c>, a debugger) the app runs as if this call were not there, and one log line says why.
    /// <see cref="IReclusterControl"/> and <see cref="IReclusterWorker"/> resolve in every case.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets options; the configuration section "Recluster" is applied after it and wins.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="InvalidOperationException">This process was started as a worker by a master of another version of Recluster.</exception>
    public static IServiceCollection AddRecluster(this IServiceCollection services, Action<ReclusterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (ReclusterProcess.Error is { } error)
        {
            throw new InvalidOperationException(error);
        }

        if (configure is not null)
        {
            services.Configure(configure);
        }

        if (services.Any(service => service.ServiceType == typeof(WorkerPipeline)))
        {
            return services; // Called twice: the options add up, the rest is there.
        }

        if (!ReclusterProcess.IsWorker)
        {
            StartMistake.EndInOneLine(typeof(ReclusterOptions)); // A worker's end is told by the master, with its last lines.
        }

        services.AddOptions<ReclusterOptions>()
            .PostConfigure<IConfiguration>((options, configuration) => OptionsSection.Bind(configuration, options))
            .PostConfigure(options => options.Sticky = StickyClients.Of(services))
            .ValidateOnStart();
        services.AddSingleton<WorkerPipeline>();
        services.AddSingleton(provider => WorkerSettingsFor(provider.GetRequiredService<IOptions<ReclusterOptions>>().Value, services));
        if (!HostOverrides.HasHost(services))
        {
            AddValidator(services, null);
            UnclusteredServices.Add(services);
        }
        else if (ReclusterProcess.WorkerEnvironment is { } environment)
        {
            AddValidator(services, null);
            WorkerServices.Add(services, environment);
        }
        else
        {
            var command = OperatingSystem.IsLinux() ? LaunchCommand.OfThisProcess() : null; // Now, before a deploy switches a link.
            AddValidator(services, command);
            MasterServices.Add(services, command);
        }

        return services;
    }

    /// <summary>
    /// Runs a hosted service once per cluster, in the master, instead of in every worker: a scheduler, a migration, a metrics pusher.
    /// In single-process mode it runs in that process, as an ordinary hosted service. The master serves no traffic and is not reloaded: its code
    /// stays the one it started with. The workers start when <see cref="IHostedService.StartAsync"/> has finished. What becomes of the cluster
    /// when it fails is <see cref="ReclusterOptions.MasterServiceFailure"/>; a service that completes is not started again. A restart makes a new instance by its
    /// constructor, unless the app has registered <typeparamref name="TService"/> itself. Called twice for a service, it runs once.
    /// </summary>
    /// <typeparam name="TService">The service.</typeparam>
    /// <param name="services">The app's services.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddReclusterMasterService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>(
        this IServiceCollection services)
        where TService : class, IHostedService
    {
        ArgumentNullException.ThrowIfNull(services);
        ServiceDescriptor? own = null;
        if (!services.Any(service => service.ServiceType == typeof(TService) && !service.IsKeyedService))
        {
            services.Add(own = ServiceDescriptor.Singleton<TService, TService>());
        }

        if (!ReclusterProcess.IsWorker && !services.OfType<MasterServiceDescriptor>().Any(service => service.Type == typeof(TService)))
        {
            MasterServiceDescriptor.Add<TService>(services, own);
        }

        return services;
    }

    // An instance: some containers would make a LaunchCommand of their own for the constructor.
    private static void AddValidator(IServiceCollection services, LaunchCommand? command) =>
        services.AddSingleton<IValidateOptions<ReclusterOptions>>(new ReclusterOptionsValidator(command));

    private static WorkerSettings WorkerSettingsFor(ReclusterOptions options, IServiceCollection services) => new()
    {
        ReadyWhen = options.ReadyWhen ?? (RoleDecision.HasServer(services) ? ReadyWhen.Listening : ReadyWhen.Started),
        MaxRequests = options.MaxRequests,
        MaxMemoryBytes = options.MaxMemoryBytes,
        MaxAge = options.MaxAge,
        MinRecycleAge = options.MinRecycleAge,
        WarmUp = options.WarmUp,
    };
}
