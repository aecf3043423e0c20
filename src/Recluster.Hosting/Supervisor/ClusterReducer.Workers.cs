namespace Recluster.Supervisor;

// What workers report, and what becomes of them.
internal sealed partial class ClusterReducer
{
    private void OnStarted(Input.Started started)
    {
        // Told twice where the shell has looked for the process before it had read the first.
        if (_state.Workers.TryGetValue(started.Worker, out var worker) && worker.ProcessId != started.ProcessId)
        {
            worker = worker with { ProcessId = started.ProcessId, StartTime = started.At ?? worker.StartTime };
            Update(worker);
            Notify(new ClusterEvent.WorkerStarted(worker));
            MarkChangedFiles(worker);
        }
    }

    private void OnWaitingFor(Input.WaitingFor waiting)
    {
        if (_state.Workers.TryGetValue(waiting.Worker, out var worker))
        {
            Update(worker with { WaitingFor = waiting.What });
        }
    }

    private void OnReady(long id)
    {
        // Any other phase: said twice, or said while it was being killed.
        if (_state.Workers.TryGetValue(id, out var worker) && worker.Phase == ReclusterWorkerPhase.Starting)
        {
            worker = worker with { Phase = ReclusterWorkerPhase.Standby, ReadyAt = _now, LastBeat = _now, Deadline = null };
            Update(worker);
            Notify(new ClusterEvent.WorkerReady(worker, _now - worker.StartedAt));
        }
    }

    private void OnAssignmentConfirmed(Input.AssignmentConfirmed confirmed)
    {
        if (_state.Workers.TryGetValue(confirmed.Worker, out var worker)
            && confirmed.Number > worker.AssignmentConfirmed
            && confirmed.Number <= worker.AssignmentSent)
        {
            Update(worker with { AssignmentConfirmed = confirmed.Number });
        }
    }

    private void OnDeaf(Input.Deaf deaf)
    {
        OnReplacementRequested(new Input.ReplacementRequested(deaf.Worker, deaf.Reason));
        if (_state.Workers.TryGetValue(deaf.Worker, out var worker))
        {
            Update(worker with { IsDeaf = true });
        }
    }

    private void OnReplacementRequested(Input.ReplacementRequested requested)
    {
        if (_state.Phase is ClusterPhase.Starting or ClusterPhase.Running
            && _state.Workers.TryGetValue(requested.Worker, out var worker)
            && worker is { WantsReplacement: false, Phase: not (ReclusterWorkerPhase.Draining or ReclusterWorkerPhase.Killed) })
        {
            Update(worker with { WantsReplacement = true });
            Notify(new ClusterEvent.ReplacementRequested(worker, requested.Reason));
            if (requested.IsLimitTooLow && _state.LowLimitGeneration != worker.Generation)
            {
                _state = _state with { LowLimitGeneration = worker.Generation };
                Notify(new ClusterEvent.LimitTooLow(worker, requested.Reason));
            }
        }
    }

    private void OnChannelLost(long id)
    {
        // Mostly the first sign of a death whose cause is about to be told. A worker that lives on without a channel cannot be
        // led any more. One that drains has its deadline already.
        if (_state.Workers.TryGetValue(id, out var worker)
            && worker.Phase is not (ReclusterWorkerPhase.Draining or ReclusterWorkerPhase.Killed))
        {
            Abandon(worker);
        }
    }

    private void OnExited(Input.Exited exited)
    {
        if (!_state.Workers.TryGetValue(exited.Worker, out var worker))
        {
            return;
        }

        _state = _state with { Workers = _state.Workers.Remove(worker.Id) };
        var cause = ExitCause.Describe(worker, exited.Status, Settings);
        var hint = ExitHint.For(worker, exited);
        var expected = IsExpectedToExit(worker);
        TimeSpan? respawnIn = null;
        var isOfReload = IsOfPreparingReload(worker);
        if (!expected && !isOfReload)
        {
            var slot = Backoff.AfterDeath(_state.Slots[worker.Slot], worker, Settings, _now);
            slot = slot with { StartFailures = slot.StartFailures + (_state.Phase == ClusterPhase.Starting ? 1 : 0) };
            Update(worker.Slot, slot);
            if (NeedsWorker(worker.Slot) && !AwaitsReload(worker.Slot) && !IsStartGivenUp(worker))
            {
                respawnIn = slot.SpawnNotBefore - _now;
            }
        }

        // Where a reason follows, the hint is said there, once.
        var isReasonToFollow = expected || isOfReload || _state.Phase == ClusterPhase.Starting;
        Notify(exited.Status.IsAlive
            ? new ClusterEvent.WorkerNotKilled(worker, cause, respawnIn)
            : new ClusterEvent.WorkerExited(worker, isReasonToFollow || hint.Length == 0 ? cause : $"{cause}.{hint.TrimEnd('.')}", expected, respawnIn)
            {
                IsCutShort = IsCutShort(worker, exited.Status),
                Status = exited.Status,
            });
        if (expected)
        {
            return;
        }

        if (IsStartGivenUp(worker))
        {
            Fail(new StartFailure($"The worker of slot {worker.Slot} (pid {worker.ProcessId}) ended: {cause}.{hint}", exited.ErrorOutput) { Output = exited.Output });
        }
        else if (isOfReload)
        {
            RollBack($"The new worker of slot {worker.Slot} (pid {worker.ProcessId}) ended: {cause}.{hint}", exited.ErrorOutput, exited.Output);
        }
        else if (worker.ReadyAt is null && worker.Slot >= _state.Scale?.FirstNewSlot)
        {
            FailScale($"The new worker of slot {worker.Slot} (pid {worker.ProcessId}) ended: {cause}.{hint}");
        }
    }

    /// <summary>The first generation has failed often enough in one slot, or has had its time.</summary>
    private bool IsStartGivenUp(WorkerState worker) => _state.Phase == ClusterPhase.Starting
        && (worker.Killed == KillReason.StartTimeout || _state.Slots[worker.Slot].StartFailures >= Settings.MaxStartFailures);

    private bool IsExpectedToExit(WorkerState worker) =>
        _state.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped
        || worker.Phase == ReclusterWorkerPhase.Draining
        || IsUnwanted(worker)
        || worker.Killed is KillReason.DrainTimeout or KillReason.HungAndSucceeded
            or KillReason.RolledBack or KillReason.Stopped or KillReason.StartsAgain or KillReason.Superseded or KillReason.Terminated;

    /// <summary>It was to finish what it had (requests, hosted services), and has not come to that.</summary>
    private static bool IsCutShort(WorkerState worker, ExitStatus status) => worker.Killed switch
    {
        null => worker.Phase == ReclusterWorkerPhase.Draining && (status.Signal is not null || status.ExitCode is not (null or 0)),
        KillReason.DrainTimeout or KillReason.HungAndSucceeded or KillReason.RolledBack => true,
        KillReason.Stopped => worker.ReadyAt is not null,
        _ => false,
    };

    private void ExpireDeadlines()
    {
        foreach (var id in _state.Workers.Keys.ToArray())
        {
            // One that is given up can take others with it: those of its reload, or all.
            if (!_state.Workers.TryGetValue(id, out var worker) || !(worker.Deadline <= _now))
            {
                continue;
            }

            if (worker.Killed is not null)
            {
                KillAgain(worker);
            }
            else
            {
                Kill(worker, worker.Phase switch
                {
                    ReclusterWorkerPhase.Starting => KillReason.StartTimeout,
                    ReclusterWorkerPhase.Killed when worker.StopsItself => KillReason.StoppedItself,
                    ReclusterWorkerPhase.Killed => KillReason.LostChannel,
                    _ when _state.Phase == ClusterPhase.Stopping => KillReason.Stopped,
                    _ when worker.IsRolledBack => KillReason.RolledBack,
                    _ => KillReason.DrainTimeout,
                });
            }
        }
    }

    /// <summary>Counts a worker as lost, and leaves it a moment to die of its own cause before it is killed.</summary>
    private void Abandon(WorkerState worker) => Update(worker with
    {
        Phase = ReclusterWorkerPhase.Killed,
        Deadline = _now + Settings.KillGrace,
        Assignment = [],
    });

    /// <summary>Of a slot that was removed, or of a generation that its slot has left behind or never reached.</summary>
    private bool IsUnwanted(WorkerState worker) => worker.Slot >= _state.Slots.Length
        || (worker.Generation != _state.Slots[worker.Slot].Generation && !IsOfPreparingReload(worker));

    /// <summary>Lets a worker finish what it has. Its accepting ends with the assignments of this step.</summary>
    private void Demote(WorkerState worker, TimeSpan timeout)
    {
        var spread = timeout < Settings.CloseSpread ? timeout : Settings.CloseSpread;
        worker = worker with { Phase = ReclusterWorkerPhase.Draining, Deadline = _now + timeout + spread + Settings.KillGrace };
        Update(worker);
        Notify(new ClusterEvent.WorkerDraining(worker));
        _afterAssignments.Add(new Effect.Drain(worker.Id, timeout, spread));
    }
}
