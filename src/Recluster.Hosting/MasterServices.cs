using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Diagnostics;
using Recluster.KeyRing;
using Recluster.Lifecycle;
using Recluster.Master;
using Recluster.Messaging;
using Recluster.Processes;
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

    internal static void Add(IServiceCollection services)
    {
        // Now, before a deploy switches a link or the process that started this one changes its folder.
        var command = OperatingSystem.IsLinux() ? LaunchCommand.OfThisProcess() : null;
        if (command is not null)
        {
            services.AddSingleton(command);
        }

        // Also now: the stack tells who runs Program.cs, and a signal may come before the host has started.
        var guest = Guest.Detect();
        if (OperatingSystem.IsLinux() && guest is null)
        {
            DeploySignals.OfThisProcess.Take();
        }

        services.AddSingleton(provider => RoleDecision.Decide(RoleDecision.Observe(services, guest, Options(provider).Enabled)));
        services.AddSingleton<IReclusterWorker, UnclusteredWorker>();
        services.AddSingleton<IReclusterControl>(provider => provider.GetRequiredService<RoleDecision>().IsMaster
            ? ActivatorUtilities.CreateInstance<MasterControl>(provider)
            : ActivatorUtilities.CreateInstance<UnclusteredControl>(provider));

        services.AddSingleton<MasterSockets>();
        services.AddSingleton(provider => new ClusterSockets(provider.GetRequiredService<MasterSockets>(), Options(provider), Logger(provider)));
        services.AddSingleton<Http3Off>();
        services.AddSingleton<IPostConfigureOptions<KestrelServerOptions>>(provider =>
            new FixedEndpoints(() => IsMaster(provider), provider.GetRequiredService<ILoggerFactory>()));
        if (OperatingSystem.IsLinux())
        {
            services.AddSingleton<MasterService>();
            services.AddSingleton(provider => new ConfigurationChanges(provider.GetRequiredService<IConfiguration>(), Logger(provider)));
            services.AddSingleton<SingleProcessSignals>();
        }

        services.AddSingleton<IProcessLauncher>(provider => new PosixProcessLauncher(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IWorkerStarter>(provider =>
        {
            var workers = command!.With(Options(provider));
            return new WorkerStarter(
                provider.GetRequiredService<IProcessLauncher>(),
                workers,
                provider.GetRequiredService<ClusterSockets>(),
                Options(provider),
                HostInspection.Inspect(provider, command, workers.WorkingDirectory),
                provider.GetRequiredService<TimeProvider>(),
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
            HangDump(provider),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<IReclusterBus>(provider => IsMaster(provider)
            ? provider.GetRequiredService<ClusterLoop>().Bus
            : LocalBus(provider));

        services.AddSingleton<IEnumerable<IHostedService>>(provider => HostedServices(services, provider, guest));
        services.AddSingleton<IEnumerable<IConnectionListenerFactory>>(provider => IsMaster(provider)
            ? [.. All<IConnectionListenerFactory>(services, provider), provider.GetRequiredService<MasterSockets>()]
            : All<IConnectionListenerFactory>(services, provider));
        services.AddSingleton<IEnumerable<IMultiplexedConnectionListenerFactory>>(provider => IsMaster(provider)
            ? [provider.GetRequiredService<Http3Off>()]
            : All<IMultiplexedConnectionListenerFactory>(services, provider));
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
    private static IEnumerable<IHostedService> HostedServices(IServiceCollection services, IServiceProvider provider, string? guest)
    {
        if (OperatingSystem.IsLinux() && IsMaster(provider))
        {
            Options(provider).Sticky.Report(Options(provider), Logger(provider));
            return
            [
                provider.GetRequiredService<MasterService>(),
                .. OncePerCluster(services, provider),
                .. new RegisteredServices<IHostedService>(services, provider, service => service.ImplementationType?.FullName == WebHostService),
            ];
        }

        var role = provider.GetRequiredService<RoleDecision>();
        if (role.IsSurprising)
        {
            MasterLog.SingleProcessWarning(Logger(provider), role.Reason);
        }
        else
        {
            MasterLog.SingleProcess(Logger(provider), role.Reason);
        }

        if (OperatingSystem.IsLinux() && guest is null)
        {
            provider.GetRequiredService<SingleProcessSignals>().Begin();
        }

        // Disposed with the provider, like the container's own.
        return new RegisteredServices<IHostedService>(services, provider, service => !MasterServiceDescriptor.IsDoubled(service, services));
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
            provider.GetRequiredService<TimeProvider>(),
            Logger(provider)));
    }

    private static HangDump? HangDump(IServiceProvider provider) => Options(provider).HangDumpFolder is { } folder
        ? new HangDump(
            Path.GetFullPath(folder),
            provider.GetRequiredService<IProcessLauncher>(),
            provider.GetRequiredService<TimeProvider>(),
            Logger(provider))
        : null;

    private static ClusterBus LocalBus(IServiceProvider provider)
    {
        ClusterBus? bus = null;
        bus = new ClusterBus((topic, payload) => bus!.Deliver(topic, payload), Logger(provider));
        return bus;
    }

    private static ReclusterOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<ReclusterOptions>>().Value;

    private static RegisteredServices<T> All<T>(IServiceCollection services, IServiceProvider provider)
        where T : class => new(services, provider, _ => true);

    private static bool IsMaster(IServiceProvider provider) => provider.GetRequiredService<RoleDecision>().IsMaster;

    private static ILogger Logger(IServiceProvider provider) =>
        provider.GetRequiredService<ILoggerFactory>().CreateLogger("Recluster.Master");

    private static SupervisorSettings Settings(IServiceProvider provider)
    {
        var options = Options(provider);
        var environment = provider.GetRequiredService<IHostEnvironment>();
        return new SupervisorSettings
        {
            Workers = options.Workers,
            RespawnDelay = options.RespawnDelay,
            MaxRespawnDelay = options.MaxRespawnDelay,
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
            HeartbeatTimeout = options.HeartbeatTimeout,
            SpareDebugged = environment.IsDevelopment(),
            RespawnJitter = ReclusterLimits.RespawnJitter,
        };
    }
}
