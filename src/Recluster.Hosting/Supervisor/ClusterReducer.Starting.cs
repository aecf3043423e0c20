namespace Recluster.Supervisor;

// Which processes are started, and when a ready one is promoted.
internal sealed partial class ClusterReducer
{
    private void PromoteStandby()
    {
        foreach (var worker in Snapshot())
        {
            if (worker.Phase != ReclusterWorkerPhase.Standby || worker.Generation != _state.Generation)
            {
                continue;
            }

            foreach (var other in _state.WorkersOf(worker.Slot).Where(other => other.Phase == ReclusterWorkerPhase.Active).ToArray())
            {
                Demote(other, Settings.DrainTimeout);
            }

            Update(worker with { Phase = ReclusterWorkerPhase.Active });
        }
    }

    private void StartWorkers()
    {
        var starting = _state.Workers.Values.Count(worker => worker.Phase == ReclusterWorkerPhase.Starting);
        for (var slot = 0; slot < Settings.Workers && starting < Settings.MaxConcurrentStarts; slot++)
        {
            if (IsPreparing ? MayStartForReload(slot) : NeedsWorker(slot) && _now >= _state.Slots[slot].SpawnNotBefore)
            {
                Start(slot, IsPreparing ? _state.Reload!.Generation : _state.Generation);
                starting++;
            }
        }
    }

    /// <summary>The first new worker is the canary: until it is ready nothing else is started.</summary>
    private bool MayStartForReload(int slot) =>
        !_state.WorkersOf(slot).Any(IsOfPreparingReload)
        && (!_state.Workers.Values.Any(IsOfPreparingReload) || _state.Workers.Values.Any(IsReadyOfReload));

    private bool IsReadyOfReload(WorkerState worker) =>
        worker.Phase == ReclusterWorkerPhase.Standby && IsOfPreparingReload(worker);

    /// <summary>Nobody serves this slot, or who does wants to go, and no successor is on its way.</summary>
    private bool NeedsWorker(int slot) => ClusterDeadlines.NeedsWorker(_state, slot);

    private void Start(int slot, int generation)
    {
        var worker = new WorkerState
        {
            Id = _state.LastWorkerId + 1,
            Slot = slot,
            Generation = generation,
            StartedAt = _now,
            Deadline = _now + Settings.StartTimeout,
        };
        _state = _state with { LastWorkerId = worker.Id };
        Update(worker);
        Update(slot, _state.Slots[slot] with { LastSpawn = _now });
        _effects.Add(new Effect.Start(worker.Id, slot, generation));
    }
}
