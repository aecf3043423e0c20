using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Draining;
using Recluster.KeyRing;
using Recluster.Logging;
using Recluster.Messaging;
using Recluster.Protocol;
using Recluster.SignalR;
using Recluster.Sockets;
using Recluster.WarmUp;

namespace Recluster.Lifecycle;

/// <summary>
/// The worker's life, as the master leads it over the control channel.
/// Order: listen to the channel; the app starts; say ready; accept as assigned; drain or stop; exit.
/// </summary>
internal sealed class WorkerService(
    WorkerEnvironment environment,
    Lazy<MessageChannel> channel,
    WorkerSockets sockets,
    WorkerDrain drain,
    WorkerControl control,
    WorkerIdentity identity,
    WorkerPipeline pipeline,
    Readiness readiness,
    WorkerPulse pulse,
    WorkerLogging logging,
    ClusterBus bus,
    EndpointRequests requests,
    FirstKey firstKey,
    Settlement settlement,
    HubConnections hubConnections,
    HostStop hostStop,
    SelfStop selfStop,
    WarmUpHaste haste,
    ILoggerFactory loggerFactory) : IHostedLifecycleService
{
    private int _isDeaf;

    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");
    private bool _wasAssigned;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!logging.IsInUse)
        {
            WorkerLog.OtherLoggerFactory(_logger, loggerFactory.GetType().FullName!);
        }

        sockets.Reserve = requests.ReserveAsync;
        sockets.Lost = ReportDeaf;
        identity.Draining.Register(hubConnections.LeaveAll);
        selfStop.Watch();
        readiness.Begin();
        pulse.Start();
        control.Open();
        _ = ListenAsync();
        await firstKey.LoadAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        pipeline.ThrowIfNotInUse(); // Now: a Startup class has it in its Configure method, which runs when the web host starts.
        channel.Value.Send(new Message.Listening(sockets.Keys));
        readiness.ReportListening();
        environment.Watch?.ReportStarted();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => selfStop.AwaitDrainAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void ReportDeaf(string reason)
    {
        if (Interlocked.Exchange(ref _isDeaf, 1) == 0)
        {
            WorkerLog.Deaf(_logger, reason);
            channel.Value.Send(new Message.Deaf(reason));
        }
    }

    private async Task ListenAsync()
    {
        try
        {
            await foreach (var message in channel.Value.ReadAllAsync())
            {
                await HandleAsync(message);
            }

            if (!drain.IsStopping)
            {
                WorkerLog.MasterLost(_logger);
            }
        }
        catch (Exception e)
        {
            WorkerLog.ChannelFailed(_logger, e);
        }

        control.Close();
        environment.Watch?.ReportStop(hostStop.Timeout);
        drain.Stop(hostStop.Timeout);
    }

    /// <summary>Takes the sockets of slots that have been added. The master assigns none of them to this worker before it has the answer.</summary>
    private async Task<Message> TakeAsync(int slots)
    {
        try
        {
            await sockets.AddAsync(environment.Descriptors!.Take());
            return new Message.Holds(slots);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            WorkerLog.SocketsNotTaken(_logger, slots, e.Message);
            if (!_wasAssigned)
            {
                throw; // A worker that could not cover for others is not to begin: as with any failed start, the old one stays.
            }

            return new Message.Lacks(e.Message);
        }
    }

    private async Task HandleAsync(Message message)
    {
        switch (message)
        {
            case Message.Assign assign:
                _wasAssigned = true;
                await sockets.AssignAsync(assign.Slots);
                channel.Value.Send(new Message.Assigned(assign.Number));
                if (assign.Slots.Count > 0)
                {
                    identity.Promote();
                }

                break;
            case Message.ShortenWarmUp order:
                haste.Shorten(order.Extent);
                break;
            case Message.Sockets offered:
                channel.Value.Send(await TakeAsync(offered.Slots));
                break;
            case Message.Bound bound:
                requests.Complete(bound);
                break;
            case Message.Failed failed:
                requests.Complete(failed);
                break;
            case Message.Retire retire:
                await sockets.RetireAsync(retire.Place);
                break;
            case Message.Drain order:
                drain.Drain(order.Timeout, order.Spread);
                break;
            case Message.Finish order:
                drain.Finish(order.Timeout);
                break;
            case Message.Stop order:
                drain.Stop(order.Timeout);
                break;
            case Message.Cluster cluster:
                control.Update(cluster.Json);
                if (cluster.Json.Contains(nameof(ClusterSnapshot.Switching), StringComparison.OrdinalIgnoreCase))
                {
                    settlement.Begin(); // Most workers are never asked, and need not read the snapshot.
                }

                break;
            case Message.Report report:
                control.UpdateReport(report.Json);
                break;
            case Message.Reloaded reloaded:
                control.Complete(reloaded.Request, reloaded.Json);
                break;
            case Message.Scaled scaled:
                control.Complete(scaled.Request, scaled.Json);
                break;
            case Message.Aborted aborted:
                control.Complete(aborted.Request, aborted.HasAborted.ToString());
                break;
            case Message.Event clusterEvent:
                control.Publish(clusterEvent.Json);
                break;
            case Message.Publish published:
                bus.Deliver(published.Topic, published.Payload);
                break;
        }
    }
}
