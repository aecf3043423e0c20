namespace Recluster.Supervisor;

/// <summary>When the supervisor wants to be woken though nothing happens. The shell arms one timer for it.</summary>
internal static class ClusterDeadlines
{
    internal static TimeSpan? Next(ClusterState state, TimeSpan now)
    {
        var next = state.ComingStop?.At;
        var awaitsConfirmation = state is { Phase: ClusterPhase.Starting } or { Reload.CommittedAt: not null } or { Scale: not null };
        var timeout = state.Settings.HeartbeatTimeout;
        Consider(state.Scale?.GiveUpAt);
        ConsiderLater(state.Reload?.CommittedAt + state.Settings.SwitchTimeout);
        foreach (var worker in state.Workers.Values)
        {
            Consider(worker.Deadline);
            if (awaitsConfirmation && worker.AssignmentConfirmed < worker.AssignmentSent)
            {
                ConsiderLater(worker.AssignedAt + state.Settings.SwitchTimeout);
            }

            if (ListensFor(state, worker))
            {
                foreach (var share in (ReadOnlySpan<TimeSpan>)[timeout / 2, timeout, timeout * 2, timeout + state.Settings.StartTimeout])
                {
                    ConsiderLater(worker.LastBeat + share);
                }
            }
        }

        if (state is { Phase: ClusterPhase.Running, Reload: null, QueuedScale: not null })
        {
            ConsiderLater(state.ReservedAt + state.Settings.SocketsTimeout);
        }

        if (state.Reload is { CommittedAt: null } reload)
        {
            foreach (var worker in state.Workers.Values.Where(worker => worker.Generation == reload.Generation))
            {
                ConsiderLater(worker.ReadyAt + state.Settings.MinUptime);
            }
        }

        foreach (var worker in state.Workers.Values.Where(worker => worker.Phase == ReclusterWorkerPhase.Standby))
        {
            ConsiderLater(worker.ReadyAt + state.Settings.SwitchNotice);
        }

        if (state.Phase is ClusterPhase.Starting or ClusterPhase.Running)
        {
            for (var slot = 0; slot < state.Slots.Length; slot++)
            {
                // A slot whose time has come waits for a place among the starting ones, which an event frees and not the clock.
                var awaitsReload = state.Reload is { CommittedAt: null } preparing && state.Slots[slot].Generation != preparing.Generation;
                if (!awaitsReload && NeedsWorker(state, slot))
                {
                    ConsiderLater(state.Slots[slot].SpawnNotBefore);
                }
            }
        }

        return next;

        // What is over has had its effect already.
        void ConsiderLater(TimeSpan? candidate) => Consider(candidate > now ? candidate : null);

        void Consider(TimeSpan? candidate)
        {
            if (candidate is { } time && (next is not { } earliest || time < earliest))
            {
                next = time;
            }
        }
    }

    /// <summary>Whether this worker has to be heard of: it has been ready, and no debugger excuses it.</summary>
    internal static bool ListensFor(ClusterState state, WorkerState worker) =>
        state.Settings.HeartbeatTimeout > TimeSpan.Zero
        && worker.Phase is ReclusterWorkerPhase.Standby or ReclusterWorkerPhase.Active or ReclusterWorkerPhase.Draining
        && !(worker.IsDebugged && state.Settings.SpareDebugged);

    /// <summary>Nobody serves this slot, or who does is to be replaced, and no successor is on its way.</summary>
    internal static bool NeedsWorker(ClusterState state, int slot)
    {
        foreach (var worker in state.WorkersOf(slot))
        {
            if (worker.Generation != state.Slots[slot].Generation)
            {
                continue;
            }

            // A worker that is being lost holds its place until its exit is seen, which is when the respawn delay is known.
            if (worker is { Phase: ReclusterWorkerPhase.Starting or ReclusterWorkerPhase.Standby }
                or { Phase: ReclusterWorkerPhase.Active, WantsReplacement: false }
                or { Phase: ReclusterWorkerPhase.Killed, Killed: not (KillReason.DrainTimeout or KillReason.HungAndSucceeded) })
            {
                return false;
            }
        }

        return true;
    }
}
