namespace Recluster.Supervisor;

// A kill is repeated until the exit is seen. A process that is still there after KillPatience is given up: its slot and the stop go on without it.
// Only a dump of a hung worker comes before the kill, and it has a bound.
internal sealed partial class ClusterReducer
{
    private void Kill(WorkerState worker, KillReason reason)
    {
        if (worker.Killed is not null)
        {
            if (IsBeingDumped(worker))
            {
                SendKill(worker);
            }

            return;
        }

        _afterAssignments.RemoveAll(effect => effect is Effect.Drain drain && drain.Worker == worker.Id); // Said in this same step.
        worker = worker with { Phase = ReclusterWorkerPhase.Killed, Killed = reason, Assignment = [] };
        if (Settings.HangDumpTimeout > TimeSpan.Zero && reason is KillReason.HeartbeatTimeout or KillReason.HungAndSucceeded)
        {
            var bound = _now + Settings.HangDumpTimeout;
            Update(worker with { Deadline = worker.Deadline < bound ? worker.Deadline : bound });
            _effects.Add(new Effect.Dump(worker.Id));
        }
        else
        {
            SendKill(worker);
        }
    }

    private void OnDumpEnded(long id)
    {
        if (_state.Workers.TryGetValue(id, out var worker) && IsBeingDumped(worker))
        {
            SendKill(worker);
        }
    }

    private static bool IsBeingDumped(WorkerState worker) => worker is { Killed: not null, KilledAt: null };

    private void KillAgain(WorkerState worker)
    {
        if (_now - worker.KilledAt >= Settings.KillPatience)
        {
            _effects.Add(new Effect.GiveUp(worker.Id));
            OnExited(new Input.Exited(worker.Id, ExitStatus.NotKilled, []));
        }
        else
        {
            SendKill(worker);
        }
    }

    private void SendKill(WorkerState worker)
    {
        Update(worker with { KilledAt = worker.KilledAt ?? _now, Deadline = _now + Settings.KillInterval });
        _effects.Add(new Effect.Kill(worker.Id));
    }
}
