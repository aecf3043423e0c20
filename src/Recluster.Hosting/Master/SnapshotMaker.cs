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
        || after.ServingChange != before.ServingChange
        || after.Workers.Count != before.Workers.Count
        || after.Workers.Values.Any(worker => !before.Workers.TryGetValue(worker.Id, out var old)
            || old.Phase != worker.Phase
            || old.IsDeaf != worker.IsDeaf
            || old.RunsChangedFiles != worker.RunsChangedFiles
            || old.ProcessId != worker.ProcessId);

    internal static ClusterSnapshot Make(ClusterState state, DateTimeOffset epoch) => new(
        state.Generation,
        state.Slots.Length,
        [.. state.Workers.Values.OrderBy(worker => worker.Slot).ThenBy(worker => worker.Id).Select(worker => Describe(worker, epoch))],
        state.IsStopping)
    {
        Report = new ClusterReport(state.LastReload, state.FailedServices.IsEmpty ? null : state.FailedServices, state.ServingChange),
        Switching = state.Settings.SwitchNotice > TimeSpan.Zero && Switching(state).ToArray() is { Length: > 0 } slots ? slots : null,
    };

    /// <summary>The slots that one worker serves and that another, which is ready, is to serve as soon as it may.</summary>
    private static IEnumerable<int> Switching(ClusterState state)
    {
        var slots = Enumerable.Range(0, state.Slots.Length).Where(slot => state.ServersOf(slot).Any()).ToArray();
        var reload = state.Reload is { CommittedAt: null } preparing ? preparing.Generation : (int?)null;
        var awaited = slots.Where(slot => reload is not null && state.Slots[slot].Generation != reload).ToArray();
        var isRolling = state.Settings.MaxSurge < state.Slots.Length;
        var isReady = isRolling || awaited.All(slot => HasStandby(slot, reload!.Value));
        return slots.Where(slot => HasStandby(slot, state.Slots[slot].Generation) || (isReady && reload is { } next && HasStandby(slot, next)));

        bool HasStandby(int slot, int generation) => state.WorkersOf(slot)
            .Any(worker => worker.Phase == ReclusterWorkerPhase.Standby && worker.Generation == generation);
    }

    internal static ReclusterWorkerInfo Describe(WorkerState worker, DateTimeOffset epoch) => new()
    {
        Slot = worker.Slot,
        ProcessId = worker.ProcessId == 0 ? null : worker.ProcessId,
        Generation = worker.Generation,
        Phase = worker.Phase,
        IsDeaf = worker.IsDeaf,
        RunsChangedFiles = worker.RunsChangedFiles,
        StartTime = worker.StartTime ?? epoch + worker.StartedAt,
    };
}
