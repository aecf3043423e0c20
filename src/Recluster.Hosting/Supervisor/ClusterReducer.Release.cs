namespace Recluster.Supervisor;

// A generation runs the release that it began with, for as long as it serves or has a process. Where the files of that release are changed in place, a
// worker that is started runs other code: that is said, and none is started for a limit (MaxRequests, MaxMemoryBytes, MaxAge).
internal sealed partial class ClusterReducer
{
    /// <summary>Whether the workers of this generation can start. If its release has to be copied first, that is seen to.</summary>
    private bool HasRelease(int generation)
    {
        if (!Settings.KeepsReleases || _state.KeptReleases.Contains(generation))
        {
            return true;
        }

        if (!_state.Releases.Contains(generation))
        {
            _state = _state with { Releases = _state.Releases.Add(generation) };
            _effects.Add(new Effect.KeepRelease(generation));
        }

        return false;
    }

    private void OnReleaseKept(Input.ReleaseKept kept)
    {
        if (!_state.Releases.Contains(kept.Generation) || _state.KeptReleases.Contains(kept.Generation))
        {
            return;
        }

        if (kept.Error is not { } error)
        {
            _state = _state with { KeptReleases = _state.KeptReleases.Add(kept.Generation) };
        }
        else if (IsPreparing && _state.Reload!.Generation == kept.Generation)
        {
            RollBack(error, [], []);
        }
        else if (_state.Phase == ClusterPhase.Starting)
        {
            Fail(new StartFailure(error, []) { HasWorkerEnded = false });
        }
    }

    /// <summary>The release is looked at before the worker is replaced.</summary>
    private void OnLimitReached(Input.LimitReached reached)
    {
        if (_state.Workers.TryGetValue(reached.Worker, out var worker) && !_state.ChangedReleases.ContainsKey(worker.Generation))
        {
            Update(worker with { Limit = reached });
            _effects.Add(new Effect.LookAtRelease(worker.Generation));
        }
    }

    private void OnReleaseSeen(Input.ReleaseSeen seen)
    {
        if (seen.Change is { } change)
        {
            OnReleaseChanged(seen.Generation, change);
            return;
        }

        foreach (var worker in Snapshot())
        {
            if (worker.Generation == seen.Generation && worker.Limit is { } limit)
            {
                Update(worker with { Limit = null, IsRecycled = !worker.WantsReplacement });
                OnReplacementRequested(new Input.ReplacementRequested(worker.Id, limit.Reason) { IsLimitTooLow = limit.IsTooLow });
            }
        }
    }

    private void OnReleaseChanged(int generation, string change)
    {
        if (!_state.Releases.Contains(generation) || _state.ChangedReleases.ContainsKey(generation))
        {
            return;
        }

        _state = _state with { ChangedReleases = _state.ChangedReleases.Add(generation, Protocol.FreeText.Cut(change)) };
        Notify(new ClusterEvent.ReleaseChanged(generation, change));
        foreach (var worker in Snapshot().Where(worker => worker.Generation == generation))
        {
            // One whose successor has been started goes; one that waits for it stays. The slot itself may be gone.
            var stays = worker is { IsRecycled: true, IsDeaf: false, StopsItself: false } && worker.Slot < _state.Slots.Length && NeedsWorker(worker.Slot);
            Update(worker with { Limit = null, IsRecycled = false, WantsReplacement = worker.WantsReplacement && !stays });
        }
    }

    private void MarkChangedFiles(WorkerState worker)
    {
        if (!worker.RunsChangedFiles && _state.ChangedReleases.ContainsKey(worker.Generation))
        {
            Update(worker with { RunsChangedFiles = true });
            Notify(new ClusterEvent.ChangedFilesRun(worker));
        }
    }

    /// <summary>A reload was rolled back: maybe the files that it was to bring in lie where the serving generation has its own.</summary>
    private void LookAtServingReleases()
    {
        foreach (var generation in _state.Slots.Select(slot => slot.Generation).Distinct().Where(_state.Releases.Contains))
        {
            _effects.Add(new Effect.LookAtRelease(generation));
        }
    }

    private void ForgetReleases()
    {
        if (_state.Phase == ClusterPhase.Stopped)
        {
            return; // They end with the master.
        }

        foreach (var generation in _state.Releases.Where(generation => !IsInUse(generation)))
        {
            _state = _state with
            {
                Releases = _state.Releases.Remove(generation),
                KeptReleases = _state.KeptReleases.Remove(generation),
                ChangedReleases = _state.ChangedReleases.Remove(generation),
            };
            _effects.Add(new Effect.ForgetRelease(generation));
        }
    }

    private bool IsInUse(int generation) => generation == _state.Generation
        || generation == _state.Reload?.Generation
        || _state.Slots.Any(slot => slot.Generation == generation)
        || _state.Workers.Values.Any(worker => worker.Generation == generation);
}
