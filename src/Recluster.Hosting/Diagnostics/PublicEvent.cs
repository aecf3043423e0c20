using Recluster.Master;
using Recluster.Supervisor;

namespace Recluster.Diagnostics;

/// <summary>Turns the supervisor's events into those that an app can watch.</summary>
internal static class PublicEvent
{
    /// <summary>Null for what an app has been told already.</summary>
    internal static ReclusterEvent? From(ClusterEvent clusterEvent, DateTimeOffset now, DateTimeOffset epoch)
    {
        return clusterEvent switch
        {
            ClusterEvent.WorkerStarted e => OfWorker(ReclusterEventKind.WorkerStarted, e.Worker),
            ClusterEvent.WorkerReady e => OfWorker(ReclusterEventKind.WorkerReady, e.Worker),
            ClusterEvent.WorkerPromoted e => OfWorker(ReclusterEventKind.WorkerPromoted, e.Worker),
            ClusterEvent.WorkerDraining e => OfWorker(ReclusterEventKind.WorkerDraining, e.Worker),
            ClusterEvent.WorkerExited e => OfWorker(ReclusterEventKind.WorkerExited, e.Worker, e.Cause),
            ClusterEvent.ReplacementRequested e => OfWorker(ReclusterEventKind.ReplacementRequested, e.Worker, e.Reason),
            ClusterEvent.WorkerStopsItself e => OfWorker(ReclusterEventKind.ReplacementRequested, e.Worker, ExitCause.StoppedItself),
            ClusterEvent.WorkerUnheard e => OfWorker(ReclusterEventKind.WorkerUnheard, e.Worker),
            ClusterEvent.Started => OfCluster(ReclusterEventKind.ClusterStarted, 1),
            ClusterEvent.ReloadBegun e => OfCluster(ReclusterEventKind.ReloadBegun, e.Generation, e.Reason),
            ClusterEvent.ReloadAborted e => OfCluster(ReclusterEventKind.ReloadAborted, e.Generation),
            ClusterEvent.ReloadDone e => OfCluster(ReclusterEventKind.ReloadSucceeded, e.Generation),
            ClusterEvent.ReloadRolledBack e => OfCluster(ReclusterEventKind.ReloadRolledBack, e.Generation, e.Reason),
            ClusterEvent.ReloadHalted e => OfCluster(ReclusterEventKind.ReloadHalted, e.Generation, e.Reason),
            ClusterEvent.Scaled e => OfCluster(ReclusterEventKind.Scaled, null, $"from {e.Before} to {e.Workers} workers"),
            ClusterEvent.GenerationTooMany e => OfCluster(ReclusterEventKind.GenerationTooMany, e.Generation),
            ClusterEvent.StopAnnounced e => OfCluster(ReclusterEventKind.ClusterStopping, null, $"in {e.Delay}"),
            ClusterEvent.ScaleFailed or ClusterEvent.SocketsRefused => null, // Who asked is answered.
            ClusterEvent.LimitTooLow => null, // ReplacementRequested has the reason.
            ClusterEvent.Stopping { WasAnnounced: true } => null,
            ClusterEvent.Stopping => OfCluster(ReclusterEventKind.ClusterStopping, null),
            _ => throw new ArgumentException($"No public form for {clusterEvent.GetType().Name}.", nameof(clusterEvent)),
        };

        ReclusterEvent OfWorker(ReclusterEventKind kind, WorkerState worker, string? reason = null) => new()
        {
            Kind = kind,
            Time = now,
            Worker = SnapshotMaker.Describe(worker, epoch),
            Generation = worker.Generation,
            Reason = reason,
        };

        ReclusterEvent OfCluster(ReclusterEventKind kind, int? generation, string? reason = null) =>
            new() { Kind = kind, Time = now, Generation = generation, Reason = reason };
    }
}
