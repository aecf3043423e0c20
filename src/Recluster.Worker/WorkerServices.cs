using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Recluster.Draining;
using Recluster.Hosts;
using Recluster.KeyRing;
using Recluster.Lifecycle;
using Recluster.Logging;
using Recluster.Messaging;
using Recluster.Platform;
using Recluster.Protocol;
using Recluster.SignalR;
using Recluster.Sockets;
using Recluster.WarmUp;

namespace Recluster;

/// <summary>What AddRecluster registers in a worker.</summary>
internal static class WorkerServices
{
    private static Lazy<MessageChannel>? _channel;

    internal static void Add(IServiceCollection services, WorkerEnvironment environment)
    {
        ProcessName.Set(ProcessName.ForWorker(ProcessName.App, environment.Slot, environment.Generation));
        services.AddSingleton(environment);
        services.AddSingleton(_channel ??= new(() => OpenChannel(environment.ChannelDescriptor))); // One, however many hosts are built.
        services.AddTimed<ConnectionRegistry>();
        services.AddTimed<WorkerSockets>();
        services.AddSingleton<EndpointRequests>();
        services.AddSingleton<IPostConfigureOptions<KestrelServerOptions>>(provider =>
            new FixedEndpoints(() => true, provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<RequestCounter>();
        services.AddSingleton<DrainMiddleware>();
        services.AddSingleton<WarmUpPhase>();
        services.AddSingleton<WarmUpHaste>();
        services.AddSingleton<WarmUpMiddleware>();
        services.AddTimed<WarmUpRequests>();
        services.AddTimed<WarmUpRunner>();
        services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, QuietFramework>();
        services.AddTimed<Readiness>();
        services.AddTimed<ConnectionCloser>();
        services.AddSingleton<HostStop>();
        services.AddTimed<SelfStop>();
        services.AddTimed<WorkerDrain>();
        services.AddTimed<WorkerPulse>();
        services.AddSingleton<ClusterBus>(provider => new ClusterBus(
            (topic, payload) => provider.GetRequiredService<Lazy<MessageChannel>>().Value.Send(new Message.Publish(topic, payload)),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Recluster.Worker")));
        services.AddSingleton<IReclusterBus>(provider => provider.GetRequiredService<ClusterBus>());
        services.AddSingleton<IPostConfigureOptions<KeyManagementOptions>, ShareKeyRing>();
        services.AddSingleton<IPostConfigureOptions<KeyManagementOptions>, KeysInRelease>();
        services.AddTimed<FirstKey>();
        services.AddSingleton<IPostConfigureOptions<DataProtectionOptions>>(provider => new StableDiscriminator(
            provider.GetRequiredService<IHostEnvironment>(), new Lazy<string?>(environment.Host.ContentRoot)));
        services.AddSingleton<WorkerIdentity>();
        services.AddSingleton<IReclusterWorker>(provider => provider.GetRequiredService<WorkerIdentity>());
        services.AddSingleton<WorkerControl>();
        services.AddSingleton<IReclusterControl>(provider => provider.GetRequiredService<WorkerControl>());
        services.AddSingleton<WorkerLifetime>();
        services.AddTimed<WorkerRole>();
        HostOverrides.Wrap<WorkerRole>(services);
        AddSignalR(services);
        services.AddHostedService<WorkerService>();

        services.Insert(0, ServiceDescriptor.Transient<IStartupFilter, WarmUpStartupFilter>());

        // First, and so around every other startup filter's middleware.
        services.Insert(0, ServiceDescriptor.Transient<IStartupFilter, DrainStartupFilter>());

        // An exact registration wins over the container's own enumerable, so these are Kestrel's only transports, whatever is
        // registered later. None for QUIC: its listeners cannot be handed over.
        services.AddSingleton<IEnumerable<IConnectionListenerFactory>>(provider => [provider.GetRequiredService<WorkerSockets>()]);
        services.AddSingleton<IEnumerable<IMultiplexedConnectionListenerFactory>>(_ => []);

        WorkerLogging.Add(services, environment);
        if (environment.Host.HasSystemdConsole)
        {
            services.PostConfigure<ConsoleLoggerOptions>(options => options.FormatterName = ConsoleFormatterNames.Systemd);
        }
    }

    /// <summary>Takes effect only where the app has SignalR: nothing else reads these.</summary>
    private static void AddSignalR(IServiceCollection services)
    {
        services.AddTimed<Succession>();
        services.AddTimed<Negotiations>();
        services.AddTimed<HubConnections>();
        services.AddTimed<Settlement>();
        services.AddSingleton<MatcherPolicy, NegotiatePolicy>();
        services.AddOptions<HubOptions>().Configure<HubConnections>((options, connections) => options.AddFilter(connections));
    }

    private static MessageChannel OpenChannel(int descriptor)
    {
        if (UnixSockets.Problem is { } problem)
        {
            throw new InvalidOperationException(problem);
        }

        var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        return new MessageChannel(new NetworkStream(socket, ownsSocket: true));
    }
}
