using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Messaging;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.Lifecycle;

/// <summary>
/// The worker's life, as the master leads it over the control channel.
/// Order: listen to the channel; the app starts; say ready; accept as assigned; drain or stop; exit.
/// </summary>
internal sealed class WorkerService(
    Lazy<MessageChannel> channel,
    WorkerSockets sockets,
    ConnectionRegistry registry,
    WorkerControl control,
    WorkerIdentity identity,
    WorkerPipeline pipeline,
    Readiness readiness,
    WorkerPulse pulse,
    WorkerScopes scopes,
    ClusterBus bus,
    IHostApplicationLifetime lifetime,
    IHostLifetime hostLifetime,
    IOptions<HostOptions> hostOptions,
    TimeProvider time,
    ILoggerFactory loggerFactory) : IHostedLifecycleService
{
    // How long a stopping worker waits for the next request on idle connections before they are closed: long enough for a
    // request that was already on its way.
    private static readonly TimeSpan IdleGrace = TimeSpan.FromSeconds(1);

    // After DrainTimeout: idle connections are closed in order and running requests may end, before the rest is aborted. The master
    // kills a second later.
    private static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");
    private bool _draining;
    private bool _stopping;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!pipeline.IsInUse)
        {
            throw new InvalidOperationException(
                "This worker cannot drain: Program.cs calls AddRecluster, but not UseReclusterWorker. "
                + "Add app.UseReclusterWorker() after builder.Build(); it may stand anywhere before app.Run().");
        }

        if (hostLifetime is not WorkerLifetime)
        {
            throw new InvalidOperationException(
                $"A worker is led by its master, but {hostLifetime.GetType().Name} was registered as its IHostLifetime. "
                + "Call AddRecluster after the call that registers it (such as UseConsoleLifetime).");
        }

        scopes.Install();
        readiness.Begin();
        pulse.Start();
        _ = ListenAsync();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var unclaimed = sockets.UnclaimedEndpoints;
        if (unclaimed.Count > 0)
        {
            throw new InvalidOperationException(
                $"The master reserved {string.Join(", ", unclaimed)}, but this build does not listen there, so connections to it "
                + "would wait for ever. A reload cannot remove an endpoint: restart the app to change Kestrel's endpoints or --urls.");
        }

        readiness.ReportListening();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task ListenAsync()
    {
        try
        {
            await foreach (var message in channel.Value.ReadAllAsync())
            {
                await HandleAsync(message);
            }

            if (!_stopping)
            {
                WorkerLog.MasterLost(_logger);
            }
        }
        catch (Exception e)
        {
            WorkerLog.ChannelFailed(_logger, e);
        }

        control.Close();
        await StopAsync(hostOptions.Value.ShutdownTimeout);
    }

    private async Task HandleAsync(Message message)
    {
        switch (message)
        {
            case Message.Assign assign:
                await sockets.AssignAsync(assign.Slots);
                channel.Value.Send(new Message.Assigned(assign.Number));
                break;
            case Message.Drain drain:
                _ = DrainAsync(drain.Timeout); // Not awaited: a request in flight may be waiting for the answer to its reload.
                break;
            case Message.Finish finish:
                _ = FinishAsync(TimeSpan.Zero, finish.Timeout);
                break;
            case Message.Stop stop:
                _ = StopAsync(stop.Timeout);
                break;
            case Message.Cluster cluster:
                control.Update(cluster.Json);
                break;
            case Message.Reloaded reloaded:
                control.Complete(reloaded.Request, reloaded.Json);
                break;
            case Message.Scaled scaled:
                control.Complete(scaled.Request, scaled.Json);
                break;
            case Message.Event clusterEvent:
                control.Publish(clusterEvent.Json);
                break;
            case Message.Publish published:
                bus.Deliver(published.Topic, published.Payload);
                break;
        }
    }

    /// <summary>Another worker has taken over: finish what is here, leave idle connections open for their next request, exit.</summary>
    private async Task DrainAsync(TimeSpan timeout)
    {
        if (!_draining)
        {
            await sockets.AssignAsync([]);
            await BeginDrainAsync(timeout);
            await FinishAsync(timeout, timeout + AbortGrace);
        }
    }

    /// <summary>Nobody takes over: take what is queued, let the kernel refuse from then on, finish, exit.</summary>
    private async Task StopAsync(TimeSpan timeout)
    {
        if (!_stopping)
        {
            _stopping = true;
            await sockets.ReleaseAsync(IdleGrace);
            await BeginDrainAsync(timeout);
            await FinishAsync(IdleGrace < timeout ? IdleGrace : timeout, timeout);
        }
    }

    private async Task BeginDrainAsync(TimeSpan timeout)
    {
        _draining = true;
        WorkerLog.DrainBegun(_logger, registry.Count, timeout);
        registry.BeginDrain();
        try
        {
            await identity.BeginDrainAsync();
        }
        catch (AggregateException e)
        {
            WorkerLog.DrainingCallbackFailed(_logger, e);
        }
    }

    private async Task FinishAsync(TimeSpan patience, TimeSpan timeout)
    {
        await WaitUntilDrainedAsync(patience);
        if (patience < timeout)
        {
            // Kestrel now closes what is idle and waits for the requests that run.
            lifetime.StopApplication();
            await WaitUntilDrainedAsync(timeout - patience);
        }

        if (registry.Count > 0)
        {
            WorkerLog.DrainTimedOut(_logger, registry.Count, timeout);
            registry.AbortAll($"The worker had {timeout} to drain, and they are over.");
        }

        lifetime.StopApplication();
    }

    private async Task WaitUntilDrainedAsync(TimeSpan timeout)
    {
        // Task.Delay ends at about 49 days; nobody waits longer for a connection.
        var bounded = timeout < TimeSpan.FromDays(40) ? timeout : TimeSpan.FromDays(40);
        using var cancel = new CancellationTokenSource();
        await Task.WhenAny(registry.Drained, Task.Delay(bounded, time, cancel.Token));
        await cancel.CancelAsync();
    }
}
