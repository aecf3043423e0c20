using System.Collections.Immutable;
using Recluster.Protocol;

namespace Recluster.Supervisor;

// A reload is a transaction: prepare beside the old generation, commit when all are ready, or roll back.
internal sealed partial class ClusterReducer
{
    private const string AbortedReason = "It was given up by AbortReloadAsync.";

    private bool IsPreparing => _state.Reload is { CommittedAt: null };

    /// <summary>The reload has not reached this slot yet. Until then nothing is started here but by the reload.</summary>
    private bool AwaitsReload(int slot) => IsPreparing && _state.Slots[slot].Generation != _state.Reload!.Generation;

    private bool IsOfPreparingReload(WorkerState worker) =>
        IsPreparing && worker.Generation == _state.Reload!.Generation && AwaitsReload(worker.Slot);

    /// <summary>Fewer new workers beside the old than there are slots: slot by slot instead of all at once.</summary>
    private bool IsRolling => Settings.MaxSurge < _state.Slots.Length;

    private bool NobodyServes => _state.Workers.Values.All(worker => worker.Phase != ReclusterWorkerPhase.Active || worker.IsDeaf);

    /// <summary>
    /// The old workers have all died while the reload is being prepared: there is nothing left to keep whole until all of the new are ready,
    /// and the first of them serves at once, without MinUptime.
    /// </summary>
    private bool IsTheOldGone => _state.Workers.Values.All(worker =>
        worker.Phase != ReclusterWorkerPhase.Active || worker.IsDeaf || worker.Generation == _state.Reload!.Generation);

    private void OnReloadRequested(Input.ReloadRequested requested)
    {
        if (_state.IsStopping)
        {
            if (requested.Request is { } refused)
            {
                Answer([refused], ReloadStatus.Stopping, TimeSpan.Zero, IsStoppingReason, []);
            }

            return;
        }

        var waiting = _state.QueuedReload ?? [];
        _state = _state with
        {
            QueuedReload = requested.Request is { } number ? waiting.Add(number) : waiting,
            QueuedReloadReason = _state.QueuedReloadReason ?? requested.Reason,
        };
    }

    private void OnAbortRequested(long request)
    {
        var (isPreparing, waiting) = (IsPreparing, _state.QueuedReload);
        if (waiting is not null)
        {
            _state = _state with { QueuedReload = null, QueuedReloadReason = null };
            Answer(waiting, ReloadStatus.Aborted, TimeSpan.Zero, AbortedReason, []);
        }

        if (isPreparing)
        {
            RollBack(AbortedReason, [], [], isAborted: true);
        }

        _effects.Add(new Effect.AnswerAbort(request, isPreparing || waiting is not null));
    }

    private void ForgetReloadRequest(long request) => _state = _state with
    {
        QueuedReload = _state.QueuedReload?.Remove(request),
        Reload = _state.Reload is { } reload ? reload with { Requests = reload.Requests.Remove(request) } : null,
    };

    private void BeginQueuedReload()
    {
        if (_state is not { Phase: ClusterPhase.Running, Reload: null, QueuedReload: { } requests })
        {
            return;
        }

        var (generation, reason) = (_state.LastGeneration + 1, _state.QueuedReloadReason);
        _state = _state with
        {
            LastGeneration = generation,
            QueuedReload = null,
            QueuedReloadReason = null,
            Reload = new ReloadState { Generation = generation, StartedAt = _now, Requests = requests },
            Slots = [.. _state.Slots.Select(slot => slot with { RespawnDelay = Settings.RespawnDelay, SpawnNotBefore = TimeSpan.Zero })],
        };
        Notify(new ClusterEvent.ReloadBegun(generation, reason));
    }

    private void CommitReload()
    {
        if (!IsPreparing)
        {
            return;
        }

        var generation = _state.Reload!.Generation;
        var waiting = AllSlots.Where(AwaitsReload).ToArray();
        var ripe = waiting.Where(slot => _state.WorkersOf(slot).Any(NobodyServes ? IsReadyOfReload : IsRipe)).ToArray();
        if (IsRolling || IsTheOldGone || ripe.Length == waiting.Length)
        {
            foreach (var slot in ripe.Where(slot => IsRolling ? HaveHadNotice(slot) : HaveHadNotice(ripe)).ToArray())
            {
                Commit(slot, generation);
            }
        }

        if (AllSlots.All(slot => _state.Slots[slot].Generation == generation))
        {
            _state = _state with { Generation = generation, Reload = _state.Reload with { CommittedAt = _now } };
            SwitchEndpoints();
        }
    }

    /// <summary>From here this slot is the new generation's: its standby worker is promoted in this same step.</summary>
    private void Commit(int slot, int generation)
    {
        Update(slot, _state.Slots[slot] with { Generation = generation });
        foreach (var worker in _state.WorkersOf(slot).Where(worker => worker.Generation != generation).ToArray())
        {
            Supersede(worker, Settings.DrainTimeout);
        }
    }

    private bool IsRipe(WorkerState worker) =>
        worker.Phase == ReclusterWorkerPhase.Standby && IsOfPreparingReload(worker) && _now >= worker.ReadyAt + Settings.MinUptime;

    private void CompleteReload()
    {
        if (_state.Reload is not { CommittedAt: { } committedAt } reload
            || !(AllAssignmentsConfirmed() || _now >= committedAt + Settings.SwitchTimeout))
        {
            return;
        }

        _state = _state with { Reload = null };
        var duration = _now - reload.StartedAt;
        var result = ResultOf(ReloadStatus.Succeeded, duration, null, []);
        _state = _state with { LastReload = result };
        Notify(new ClusterEvent.ReloadDone(reload.Generation, _state.Slots.Length, duration) { Result = result });
        Answer(reload.Requests, result);
        BeginWhatWaited();
    }

    private void RollBack(string reason, IReadOnlyList<string> errorOutput, IReadOnlyList<string> output, bool isAborted = false)
    {
        reason = FreeText.Cut(reason, FreeText.MaxReason);
        var reload = _state.Reload!;
        var isHalted = _state.Slots.Any(slot => slot.Generation == reload.Generation);
        foreach (var worker in Snapshot().Where(IsOfPreparingReload))
        {
            if (worker.Phase == ReclusterWorkerPhase.Standby)
            {
                Withdraw(worker);
            }
            else
            {
                Supersede(worker, TimeSpan.Zero);
            }
        }

        _state = _state with { Reload = null };
        KeepEndpoints();
        LookAtServingReleases();
        var slots = string.Join(", ", _state.Slots.Select((slot, index) => $"{index}: {slot.Generation}"));
        var result = ResultOf(
            isHalted ? ReloadStatus.Halted : isAborted ? ReloadStatus.Aborted : ReloadStatus.RolledBack,
            _now - reload.StartedAt,
            isHalted ? $"{reason} The roll stopped there; slots run generations {slots}." : reason,
            errorOutput,
            output);
        _state = _state with { LastReload = result };
        Notify(result.Status switch
        {
            ReloadStatus.Halted =>
                new ClusterEvent.ReloadHalted(reload.Generation, slots, reason, errorOutput) { Output = output, Result = result },
            ReloadStatus.Aborted => new ClusterEvent.ReloadAborted(reload.Generation, _state.Generation) { Result = result },
            _ => new ClusterEvent.ReloadRolledBack(reload.Generation, _state.Generation, reason, errorOutput)
            {
                Output = output,
                Result = result,
            },
        });
        Answer(reload.Requests, result);
    }

    /// <summary>A worker that is ready and never served: it has nothing to drain, and its host has hosted services to stop.</summary>
    private void Withdraw(WorkerState worker)
    {
        Demote(worker with { IsRolledBack = true }, TimeSpan.Zero);
        Update(_state.Workers[worker.Id] with { Deadline = _now + Settings.ShutdownTimeout + Settings.KillGrace });
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
        ImmutableSortedSet<long> requests, ReloadStatus status, TimeSpan duration, string? reason, IReadOnlyList<string> errorOutput) =>
        Answer(requests, ResultOf(status, duration, reason, errorOutput));

    private void Answer(ImmutableSortedSet<long> requests, ReloadResult result)
    {
        foreach (var request in requests)
        {
            _effects.Add(new Effect.Answer(request, result));
        }
    }

    private ReloadResult ResultOf(
        ReloadStatus status,
        TimeSpan duration,
        string? reason,
        IReadOnlyList<string> errorOutput,
        IReadOnlyList<string>? output = null) => new()
        {
            Status = status,
            Generation = _state.Generation,
            Duration = duration,
            Reason = reason,
            ErrorOutput = errorOutput,
            Output = output ?? [],
            SlotGenerations = [.. _state.Slots.Select(slot => slot.Generation)],
        };
}
