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
            ClusterEvent.WorkerReady e => OfWorker(ReclusterEventKind.WorkerReady, e.Worker, duration: e.After),
            ClusterEvent.WorkerPromoted e => OfWorker(ReclusterEventKind.WorkerPromoted, e.Worker),
            ClusterEvent.WorkerDraining e => OfWorker(ReclusterEventKind.WorkerDraining, e.Worker),
            ClusterEvent.WorkerExited e => OfWorker(ReclusterEventKind.WorkerExited, e.Worker, e.Cause, exited: e),
            ClusterEvent.WorkerNotKilled e => OfWorker(ReclusterEventKind.WorkerExited, e.Worker, e.Cause),
            ClusterEvent.ReplacementRequested e => OfWorker(ReclusterEventKind.ReplacementRequested, e.Worker, e.Reason),
            ClusterEvent.WorkerStopsItself e => OfWorker(ReclusterEventKind.ReplacementRequested, e.Worker, ExitCause.StoppedItself),
            ClusterEvent.WorkerUnheard e => OfWorker(ReclusterEventKind.WorkerUnheard, e.Worker, duration: e.For),
            ClusterEvent.Started e => new()
            {
                Kind = ReclusterEventKind.ClusterStarted,
                Time = now,
                Generation = 1,
                Workers = e.Workers,
                Duration = e.After,
            },
            ClusterEvent.ReloadBegun e => OfReload(ReclusterEventKind.ReloadBegun, e.Generation, e.Reason),
            ClusterEvent.ReloadDone e => OfReload(ReclusterEventKind.ReloadSucceeded, e.Generation, result: e.Result),
            ClusterEvent.ReloadRolledBack e => OfReload(ReclusterEventKind.ReloadRolledBack, e.Generation, e.Reason, e.Result),
            ClusterEvent.ReloadHalted e => OfReload(ReclusterEventKind.ReloadHalted, e.Generation, e.Reason, e.Result),
            ClusterEvent.ReloadAborted e => OfReload(ReclusterEventKind.ReloadAborted, e.Generation, e.Result?.Reason, e.Result),
            ClusterEvent.Scaled e => new()
            {
                Kind = ReclusterEventKind.Scaled,
                Time = now,
                Workers = e.Workers,
                WorkersBefore = e.Before,
                Reason = $"from {e.Before} to {e.Workers} workers",
            },
            ClusterEvent.GenerationTooMany e => OfReload(ReclusterEventKind.GenerationTooMany, e.Generation),
            ClusterEvent.StopAnnounced e => Stopping(e.Delay, $"in {e.Delay}"),
            ClusterEvent.ScaleFailed or ClusterEvent.SocketsRefused => null, // Who asked is answered.
            ClusterEvent.LimitTooLow => null, // ReplacementRequested has the reason.
            ClusterEvent.ReleaseChanged or ClusterEvent.ChangedFilesRun => null, // The health check and the list of workers have it.
            ClusterEvent.Stopping { WasAnnounced: true } => null,
            ClusterEvent.Stopping => Stopping(TimeSpan.Zero, null),
            _ => throw new ArgumentException($"No public form for {clusterEvent.GetType().Name}.", nameof(clusterEvent)),
        };

        ReclusterEvent OfWorker(
            ReclusterEventKind kind,
            WorkerState worker,
            string? reason = null,
            TimeSpan? duration = null,
            ClusterEvent.WorkerExited? exited = null) => new()
            {
                Kind = kind,
                Time = now,
                Worker = SnapshotMaker.Describe(worker, epoch),
                Generation = worker.Generation,
                Reason = reason,
                Duration = duration,
                ExitCode = exited?.Status.ExitCode,
                Signal = exited?.Status.Signal,
                IsExpected = exited?.Expected,
            };

        ReclusterEvent OfReload(ReclusterEventKind kind, int generation, string? reason = null, ReloadResult? result = null) =>
            new() { Kind = kind, Time = now, Generation = generation, Reason = reason, Reload = result };

        ReclusterEvent Stopping(TimeSpan delay, string? reason) =>
            new() { Kind = ReclusterEventKind.ClusterStopping, Time = now, Duration = delay, Reason = reason };
    }
}
