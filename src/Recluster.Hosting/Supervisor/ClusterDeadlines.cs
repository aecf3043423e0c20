namespace Recluster.Supervisor;

/// <summary>When the supervisor wants to be woken though nothing happens. The shell arms one timer for it.</summary>
internal static class ClusterDeadlines
{
    internal static TimeSpan? Next(ClusterState state, TimeSpan now)
    {
        TimeSpan? next = null;
        foreach (var worker in state.Workers.Values)
        {
            Consider(worker.Deadline);
        }

        if (state.Reload is { CommittedAt: { } committedAt })
        {
            Consider(committedAt + state.Settings.SwitchTimeout);
        }

        if (state.Phase is ClusterPhase.Starting or ClusterPhase.Running && state.Reload is not { CommittedAt: null })
        {
            for (var slot = 0; slot < state.Settings.Workers; slot++)
            {
                // A slot whose time has come waits for a place among the starting ones, which an event frees and not the clock.
                if (state.Slots[slot].SpawnNotBefore > now && NeedsWorker(state, slot))
                {
                    Consider(state.Slots[slot].SpawnNotBefore);
                }
            }
        }

        return next;

        void Consider(TimeSpan? candidate)
        {
            if (candidate is { } time && (next is not { } earliest || time < earliest))
            {
                next = time;
            }
        }
    }

    internal static bool NeedsWorker(ClusterState state, int slot)
    {
        foreach (var worker in state.WorkersOf(slot))
        {
            if (worker.Generation != state.Generation)
            {
                continue;
            }

            if (worker is { Phase: ReclusterWorkerPhase.Starting or ReclusterWorkerPhase.Standby }
                or { Phase: ReclusterWorkerPhase.Active, WantsReplacement: false })
            {
                return false;
            }
        }

        return true;
    }
}
