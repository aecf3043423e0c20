namespace Recluster.Supervisor;

// Which processes are started, and when a ready one is promoted.
internal sealed partial class ClusterReducer
{
    private void PromoteStandby()
    {
        foreach (var worker in Snapshot())
        {
            if (worker.Phase != ReclusterWorkerPhase.Standby
                || worker.Slot >= _state.Slots.Length
                || worker.Generation != _state.Slots[worker.Slot].Generation)
            {
                continue;
            }

            var served = _state.WorkersOf(worker.Slot).Where(other => other.Phase == ReclusterWorkerPhase.Active).ToArray();
            if (!HaveHadNotice(worker.Slot))
            {
                continue;
            }

            foreach (var other in served)
            {
                if (IsHung(other))
                {
                    Kill(other, KillReason.HungAndSucceeded);
                }
                else
                {
                    Demote(other, Settings.DrainTimeout);
                }
            }

            var promoted = worker with { Phase = ReclusterWorkerPhase.Active };
            Update(promoted);
            Notify(new ClusterEvent.WorkerPromoted(promoted));
        }
    }

    private void StartWorkers()
    {
        var starting = _state.Workers.Values.Count(worker => worker.Phase == ReclusterWorkerPhase.Starting);

        // Slots that nobody serves come first.
        foreach (var slot in AllSlots.OrderBy(slot => _state.ActiveOf(slot) is null ? 0 : 1).ToArray())
        {
            if (starting >= Settings.MaxConcurrentStarts)
            {
                return;
            }

            var generation = AwaitsReload(slot) ? _state.Reload!.Generation : _state.Slots[slot].Generation;
            if ((AwaitsReload(slot) ? MayStartForReload(slot) : NeedsWorker(slot) && _now >= _state.Slots[slot].SpawnNotBefore) && HasRelease(generation))
            {
                Start(slot, generation);
                starting++;
            }
        }
    }

    /// <summary>The first new worker is the canary: until it is ready nothing else is started. Then at most MaxSurge beside the old.</summary>
    private bool MayStartForReload(int slot)
    {
        if (_state.WorkersOf(slot).Any(IsOfPreparingReload))
        {
            return false;
        }

        var beside = _state.Workers.Values.Count(IsOfPreparingReload);
        var canaryIsReady = _state.Workers.Values.Any(IsReadyOfReload) || AllSlots.Any(other => !AwaitsReload(other));
        return beside == 0 || (canaryIsReady && beside < (Settings.MaxSurge ?? int.MaxValue));
    }

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
            Sockets = _state.ReservedSlots, // It asks for all that there are before it can be ready.
            Deadline = _now + Settings.StartTimeout,
        };
        _state = _state with { LastWorkerId = worker.Id, Releases = _state.Releases.Add(generation) };
        Update(worker);
        Update(slot, _state.Slots[slot] with { LastSpawn = _now });
        _effects.Add(new Effect.Start(worker.Id, slot, generation));
    }

    private void OnStartTimedOut(TimeSpan timeout)
    {
        if (_state.Phase == ClusterPhase.Starting)
        {
            Fail(new StartFailure(
                $"HostOptions.StartupTimeout ({timeout}) is over. In the master it covers the start of the whole first generation "
                + $"({_state.Slots.Length} workers, at most {Settings.MaxConcurrentStarts} at once): {string.Join("; ", AllSlots.Select(DescribeStart))}. "
                + "Set StartupTimeout to more than the whole start takes, or leave it unlimited: "
                + $"Recluster:StartTimeout ({Settings.StartTimeout}) bounds the start of each worker.",
                [])
            {
                HasWorkerEnded = false,
            });
        }
    }

    private string DescribeStart(int slot)
    {
        var worker = _state.WorkersOf(slot).LastOrDefault();
        var text = worker switch
        {
            null when !HasRelease(_state.Slots[slot].Generation) => "not started yet (the release is being copied, KeepRelease)",
            null when _state.Slots[slot].LastSpawn is null => $"not started yet (MaxConcurrentStarts is {Settings.MaxConcurrentStarts})",
            null => "its worker had died, and the next was not started yet",
            { ReadyAt: not null } => "ready",
            { WaitingFor: { } what } => $"pid {worker.ProcessId} waited for {what}",
            _ => $"pid {worker.ProcessId} had not come to the start of its host (app.Run() in Program.cs)",
        };
        return $"slot {slot}: {text}";
    }
}
