namespace Recluster.Supervisor;

// A worker whose app stops its own host (StopApplication, a hosted service that threw). Where it serves, its successor comes first, after the
// respawn delay as for a death; where it does not serve yet, it has failed to start.
internal sealed partial class ClusterReducer
{
    private void OnStopsItself(long id)
    {
        // In the other phases it has its order already: to drain, to stop, or it is being killed.
        if (_state.Phase is not (ClusterPhase.Starting or ClusterPhase.Running)
            || !_state.Workers.TryGetValue(id, out var worker)
            || worker.StopsItself)
        {
            return;
        }

        worker = worker with { StopsItself = true };
        switch (worker.Phase)
        {
            case ReclusterWorkerPhase.Starting or ReclusterWorkerPhase.Standby:
                // It never served: nothing keeps it, and its exit tells the rest.
                Abandon(worker);
                Update(_state.Workers[id] with { Deadline = _now + Settings.FinishTimeout });
                _afterAssignments.Add(new Effect.Drain(id, TimeSpan.Zero, TimeSpan.Zero));
                break;
            case ReclusterWorkerPhase.Active:
                Update(worker with { WantsReplacement = true });
                SucceedAfterDelay(worker);
                break;
        }
    }

    private void SucceedAfterDelay(WorkerState worker)
    {
        var slot = Backoff.AfterDeath(_state.Slots[worker.Slot], worker, Settings, _now);
        slot = slot with { StartFailures = slot.StartFailures + (_state.Phase == ClusterPhase.Starting ? 1 : 0) };
        Update(worker.Slot, slot);
        var isToStart = NeedsWorker(worker.Slot) && !AwaitsReload(worker.Slot);
        Notify(new ClusterEvent.WorkerStopsItself(worker, isToStart ? slot.SpawnNotBefore - _now : null));
        if (IsStartGivenUp(worker))
        {
            Fail(new StartFailure($"The worker of slot {worker.Slot} (pid {worker.ProcessId}) ends: {ExitCause.StoppedItself}.", []));
        }
    }
}
