using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>Turns the supervisor's state into what others may read of it.</summary>
internal static class SnapshotMaker
{
    /// <summary>Whether anything that shows has changed; beats and confirmations do not show.</summary>
    internal static bool IsNewer(ClusterState before, ClusterState after) =>
        after.Generation != before.Generation
        || after.Slots.Length != before.Slots.Length
        || after.LastReload != before.LastReload
        || after.IsStopping != before.IsStopping
        || after.FailedServices != before.FailedServices
        || after.Workers.Count != before.Workers.Count
        || after.Workers.Values.Any(worker => !before.Workers.TryGetValue(worker.Id, out var old)
            || old.Phase != worker.Phase
            || old.IsDeaf != worker.IsDeaf
            || old.ProcessId != worker.ProcessId);

    internal static ClusterSnapshot Make(ClusterState state, DateTimeOffset epoch) => new(
        state.Generation,
        state.Slots.Length,
        [.. state.Workers.Values.OrderBy(worker => worker.Slot).ThenBy(worker => worker.Id).Select(worker => Describe(worker, epoch))],
        state.LastReload,
        state.IsStopping)
    {
        FailedServices = state.FailedServices.IsEmpty ? null : state.FailedServices,
    };

    internal static ReclusterWorkerInfo Describe(WorkerState worker, DateTimeOffset epoch) => new()
    {
        Slot = worker.Slot,
        ProcessId = worker.ProcessId,
        Generation = worker.Generation,
        Phase = worker.Phase,
        IsDeaf = worker.IsDeaf,
        StartTime = epoch + worker.StartedAt,
    };
}
