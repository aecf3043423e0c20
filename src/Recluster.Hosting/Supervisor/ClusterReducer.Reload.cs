using System.Collections.Immutable;

namespace Recluster.Supervisor;

// A reload is a transaction: prepare beside the old generation, commit when all are ready, or roll back.
internal sealed partial class ClusterReducer
{
    private bool IsPreparing => _state.Reload is { CommittedAt: null };

    private bool IsOfPreparingReload(WorkerState worker) => IsPreparing && worker.Generation == _state.Reload!.Generation;

    private void OnReloadRequested(long? request)
    {
        if (_state.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped)
        {
            if (request is { } refused)
            {
                Answer([refused], ReloadStatus.Stopping, TimeSpan.Zero, "The cluster is stopping.", []);
            }

            return;
        }

        var waiting = _state.QueuedReload ?? [];
        _state = _state with { QueuedReload = request is { } number ? waiting.Add(number) : waiting };
    }

    private void BeginQueuedReload()
    {
        if (_state is not { Phase: ClusterPhase.Running, Reload: null, QueuedReload: { } requests })
        {
            return;
        }

        var generation = _state.LastGeneration + 1;
        var fresh = new SlotState { RespawnDelay = Settings.RespawnDelay };
        _state = _state with
        {
            LastGeneration = generation,
            QueuedReload = null,
            Reload = new ReloadState { Generation = generation, StartedAt = _now, Requests = requests },
            Slots = [.. _state.Slots.Select(slot => fresh with { LastSpawn = slot.LastSpawn })],
        };
        Notify(new ClusterEvent.ReloadBegun(generation));
    }

    private void CommitReload()
    {
        if (!IsPreparing || !Enumerable.Range(0, Settings.Workers).All(slot => _state.WorkersOf(slot).Any(IsReadyToCommit)))
        {
            return;
        }

        _state = _state with
        {
            Generation = _state.Reload!.Generation,
            Reload = _state.Reload with { CommittedAt = _now },
        };
        foreach (var worker in Snapshot().Where(worker => worker.Generation < _state.Generation))
        {
            Supersede(worker, Settings.DrainTimeout);
        }

        bool IsReadyToCommit(WorkerState worker) => worker.Phase == ReclusterWorkerPhase.Standby && IsOfPreparingReload(worker);
    }

    private void CompleteReload()
    {
        if (_state.Reload is not { CommittedAt: { } committedAt } reload
            || (!AllAssignmentsConfirmed() && _now < committedAt + Settings.SwitchTimeout))
        {
            return;
        }

        _state = _state with { Reload = null };
        var duration = _now - reload.StartedAt;
        Notify(new ClusterEvent.ReloadDone(reload.Generation, Settings.Workers, duration));
        Answer(reload.Requests, ReloadStatus.Succeeded, duration, null, []);
        BeginQueuedReload();
        StartWorkers();
    }

    private void RollBack(string reason, IReadOnlyList<string> errorOutput)
    {
        var reload = _state.Reload!;
        _state = _state with { Reload = null };
        foreach (var worker in Snapshot().Where(worker => worker.Generation == reload.Generation))
        {
            Supersede(worker, TimeSpan.Zero);
        }

        Notify(new ClusterEvent.ReloadRolledBack(reload.Generation, _state.Generation, reason, errorOutput));
        Answer(reload.Requests, ReloadStatus.RolledBack, _now - reload.StartedAt, reason, errorOutput);
    }

    private void Supersede(WorkerState worker, TimeSpan drainTimeout)
    {
        switch (worker.Phase)
        {
            case ReclusterWorkerPhase.Starting:
                Kill(worker, KillReason.Superseded);
                break;
            case ReclusterWorkerPhase.Standby or ReclusterWorkerPhase.Active:
                Demote(worker, drainTimeout);
                break;
            case ReclusterWorkerPhase.Draining or ReclusterWorkerPhase.Killed:
                break; // On its way already.
        }
    }

    private void Answer(
        ImmutableArray<long> requests, ReloadStatus status, TimeSpan duration, string? reason, IReadOnlyList<string> errorOutput)
    {
        var result = new ReloadResult
        {
            Status = status,
            Generation = _state.Generation,
            Duration = duration,
            Reason = reason,
            ErrorOutput = errorOutput,
        };
        foreach (var request in requests)
        {
            _effects.Add(new Effect.Answer(request, result));
        }
    }
}
