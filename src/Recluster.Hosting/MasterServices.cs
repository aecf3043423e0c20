using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Diagnostics;
using Recluster.Hosts;
using Recluster.KeyRing;
using Recluster.Lifecycle;
using Recluster.Master;
using Recluster.Messaging;
using Recluster.Processes;
using Recluster.Releases;
using Recluster.Sockets;
using Recluster.Supervisor;

namespace Recluster;

/// <summary>
/// What AddRecluster registers in a process that is no worker. Whether it is the master is decided when the host starts, because
/// the server, the options and more may be registered after AddRecluster.
/// </summary>
internal static class MasterServices
{
    private const string WebHostService = "Microsoft.AspNetCore.Hosting.GenericWebHostService";

    internal static void Add(IServiceCollection services, LaunchCommand? command)
    {
        // Now: the stack tells who runs Program.cs, and a signal may come before the host has started.
        var guest = Guest.Detect();
        if (OperatingSystem.IsLinux())
        {
            SingleProcessSignals.Add(services, guest);
        }

        services.AddSingleton(provider => RoleDecision.Decide(RoleDecision.Observe(services, guest, Options(provider).Enabled) with
        {
            IsContainerFit = provider.GetRequiredService<ContainerProbe>().IsHonoured,
            Container = provider.GetType().FullName ?? provider.GetType().Name,
        }));
        ContainerProbe.Add(services);
        HostOverrides.Wrap<MasterRole>(services);
        services.AddSingleton<IReclusterWorker, UnclusteredWorker>();
        services.AddSingleton<MasterControl>();
        services.AddSingleton<UnclusteredControl>();
        services.AddSingleton<IReclusterControl, RoleControl>();

        services.AddTimed<MasterSockets>();
        services.AddSingleton(provider => new ClusterSockets(provider.GetRequiredService<MasterSockets>(), Options(provider), Logger(provider)));
        services.AddSingleton<MasterTransport>();
        services.AddSingleton<Http3Off>();
        services.AddSingleton<IPostConfigureOptions<KestrelServerOptions>>(provider =>
            new FixedEndpoints(() => IsMaster(provider), provider.GetRequiredService<ILoggerFactory>()));
        if (OperatingSystem.IsLinux())
        {
            services.AddTimed<MasterService>();
            services.AddSingleton(provider => new ConfigurationChanges(provider.GetRequiredService<IConfiguration>(), Logger(provider)));
        }

        services.AddSingleton<IProcessLauncher>(_ => new PosixProcessLauncher(TimeProvider.System));
        services.AddSingleton(provider => new GenerationReleases(
            command!.With(Options(provider)), Options(provider), TimeProvider.System, Logger(provider)));
        services.AddSingleton<IWorkerStarter>(provider =>
        {
            var releases = provider.GetRequiredService<GenerationReleases>();
            return new WorkerStarter(
                provider.GetRequiredService<IProcessLauncher>(),
                releases,
                provider.GetRequiredService<ClusterSockets>(),
                Options(provider),
                HostInspection.Inspect(provider, command!, releases.Command.WorkingDirectory),
                TimeProvider.System,
                Logger(provider));
        });
        if (command is not null)
        {
            services.AddSingleton<IPostConfigureOptions<DataProtectionOptions>>(provider => Discriminator(provider, command));
        }

        services.AddSingleton(provider => new ClusterLoop(
            Settings(provider),
            provider.GetRequiredService<IWorkerStarter>(),
            provider.GetRequiredService<ClusterSockets>(),
            provider.GetRequiredService<GenerationReleases>(),
            HangDump(provider),
            TimeProvider.System,
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<IReclusterBus>(provider => IsMaster(provider)
            ? provider.GetRequiredService<ClusterLoop>().Bus
            : LocalBus(provider));

        // Kestrel asks the last transport first. Ours declines every endpoint where the host turns out not to be the master.
        services.AddSingleton<IEnumerable<IConnectionListenerFactory>>(provider =>
            [.. All<IConnectionListenerFactory>(services, provider), provider.GetRequiredService<MasterTransport>()]);
        services.AddSingleton<IEnumerable<IMultiplexedConnectionListenerFactory>>(provider => IsMaster(provider)
            ? [provider.GetRequiredService<Http3Off>()]
            : All<IMultiplexedConnectionListenerFactory>(services, provider));
        services.AddSingleton(new Registrations(services));
    }

    /// <summary>The same here as in the workers, and as it is if the cluster is switched off later.</summary>
    private static StableDiscriminator Discriminator(IServiceProvider provider, LaunchCommand command)
    {
        var host = provider.GetRequiredService<IHostEnvironment>();
        return new(host, new Lazy<string?>(() => LogicalFolder.Find(
            host.ContentRootPath,
            command,
            IsMaster(provider) ? command.With(Options(provider)).WorkingDirectory : command.WorkingDirectory)));
    }

    /// <summary>In the master the app's own hosted services do not start: they start in every worker.</summary>
    internal static IEnumerable<IHostedService> HostedServices(IServiceProvider provider)
    {
        Options(provider).Sticky.Report(Options(provider), Logger(provider));
        var services = provider.GetRequiredService<Registrations>().Services;
        return
        [
            .. OperatingSystem.IsLinux() ? (IHostedService[])[provider.GetRequiredService<MasterService>()] : [],
            .. OncePerCluster(services, provider),
            .. new RegisteredServices<IHostedService>(services, provider, service => service.ImplementationType?.FullName == WebHostService),
        ];
    }

    private static IEnumerable<IHostedService> OncePerCluster(IServiceCollection services, IServiceProvider provider)
    {
        var loop = provider.GetRequiredService<ClusterLoop>();
        var lifetime = provider.GetRequiredService<IHostApplicationLifetime>();
        return services.OfType<MasterServiceDescriptor>().DistinctBy(service => service.Type).Select(service => new MasterServiceRunner(
            service.Type.FullName ?? service.Type.Name,
            isFirst => isFirst ? service.Resolve(provider) : service.Remake(services, provider),
            Options(provider),
            loop,
            () => loop.Stopped.IsCompleted || lifetime.ApplicationStopping.IsCancellationRequested,
            lifetime,
            TimeProvider.System,
            Logger(provider)));
    }

    private static HangDump? HangDump(IServiceProvider provider) => OperatingSystem.IsLinux() && Options(provider).HangDumpFolder is { } folder
        ? new HangDump(Path.GetFullPath(folder), TimeProvider.System, Logger(provider))
        : null;

    internal static ClusterBus LocalBus(IServiceProvider provider)
    {
        ClusterBus? bus = null;
        bus = new ClusterBus((topic, payload) => bus!.Deliver(topic, payload), Logger(provider));
        return bus;
    }

    private static ReclusterOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<ReclusterOptions>>().Value;

    /// <summary>
    /// What the container itself would give for an enumerable that is registered as a whole. A container that can have services of its
    /// own, beside those of the app's IServiceCollection, makes arrays too; the framework's has only those, and makes none.
    /// </summary>
    private static IEnumerable<T> All<T>(IServiceCollection services, IServiceProvider provider)
        where T : class => provider.GetService<T[]>() ?? (IEnumerable<T>)new RegisteredServices<T>(services, provider, _ => true);

    private static bool IsMaster(IServiceProvider provider) => provider.GetRequiredService<RoleDecision>().IsMaster;

    private static ILogger Logger(IServiceProvider provider) =>
        provider.GetRequiredService<ILoggerFactory>().CreateMasterLogger();

    private static SupervisorSettings Settings(IServiceProvider provider)
    {
        var options = Options(provider);
        var environment = provider.GetRequiredService<IHostEnvironment>();
        return new SupervisorSettings
        {
            Workers = options.Workers,
            RespawnDelay = options.RespawnDelay,
            MaxRespawnDelay = options.MaxRespawnDelay ?? TimeSpan.Zero,
            StartTimeout = options.StartTimeout,
            DrainTimeout = options.EffectiveDrainTimeout(environment),
            CloseSpread = options.CloseSpread,
            MaxConcurrentStarts = options.MaxConcurrentStarts,
            MaxWorkers = options.EffectiveMaxWorkers,
            MaxSurge = options.MaxSurge,
            MinUptime = options.MinUptime,
            SwitchNotice = options.Sticky.AreNeeded ? ReclusterLimits.SwitchNotice : TimeSpan.Zero,
            MaxStartFailures = options.MaxStartFailures,
            MaxDrainingGenerations = options.MaxDrainingGenerations,
            ShutdownTimeout = ReclusterLimits.StopTime(provider.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout),
            HeartbeatTimeout = options.HeartbeatTimeout ?? TimeSpan.Zero,
            HangDumpTimeout = options.HangDumpFolder is null ? TimeSpan.Zero : ReclusterLimits.HangDumpTimeout,
            SpareDebugged = environment.IsDevelopment(),
            KeepsReleases = options.KeepRelease,
            RespawnJitter = ReclusterLimits.RespawnJitter,
        };
    }

    /// <summary>The app's registrations, as they are when the host starts.</summary>
    private sealed record Registrations(IServiceCollection Services);
}
