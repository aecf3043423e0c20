using System.Collections.Immutable;

namespace Recluster.Supervisor;

// Who accepts from which slot's sockets: each active worker from its own slot's, and one of them from those of a slot that has none,
// whose worker is not heard of, or that was removed.
internal sealed partial class ClusterReducer
{
    private void Assign()
    {
        var wanted = WantedAssignments();

        // First all that is gained, then all that is lost: for a moment two accept from a socket, never nobody.
        foreach (var worker in Snapshot())
        {
            Assign(worker, [.. worker.Assignment.Union(Wanted(worker)).Order()]);
        }

        foreach (var worker in Snapshot())
        {
            Assign(worker, Wanted(worker));
        }

        _effects.AddRange(_afterAssignments);
        _afterAssignments.Clear();

        ImmutableArray<int> Wanted(WorkerState worker) => wanted.GetValueOrDefault(worker.Id, []);
    }

    private void Assign(WorkerState worker, ImmutableArray<int> slots)
    {
        if (worker.Phase is not (ReclusterWorkerPhase.Active or ReclusterWorkerPhase.Draining) || slots.SequenceEqual(worker.Assignment))
        {
            return;
        }

        var number = _state.LastAssignment + 1;
        _state = _state with { LastAssignment = number };
        Update(worker with { Assignment = slots, AssignmentSent = number, AssignedAt = _now });
        _effects.Add(new Effect.Assign(worker.Id, number, slots));
    }

    private Dictionary<long, ImmutableArray<int>> WantedAssignments()
    {
        var active = _state.Workers.Values.Where(worker => worker.Phase == ReclusterWorkerPhase.Active).ToArray();
        var wanted = active.ToDictionary(worker => worker.Id, worker => ImmutableArray.Create(worker.Slot));
        var fit = active.Where(worker => !IsRelieved(worker)).ToArray();
        if (fit.Length == 0)
        {
            fit = active; // None is heard of: each keeps what it has, for one may come back to life.
        }

        if (fit.Length > 0)
        {
            // Whoever serves such a slot already goes on; the others go to the one with the least to do.
            var alone = Enumerable.Range(0, _state.ListeningSlots).Except(fit.Select(worker => worker.Slot)).ToList();
            foreach (var worker in fit)
            {
                wanted[worker.Id] = wanted[worker.Id].AddRange(alone.Where(slot => worker.Assignment.Contains(slot)));
                alone.RemoveAll(slot => worker.Assignment.Contains(slot));
            }

            foreach (var slot in alone)
            {
                // One that has not taken the sockets of a new slot cannot accept there. If that is true of all, the slot is left to one that is
                // not heard of.
                var sibling = fit.Where(worker => worker.Sockets > slot).MinBy(worker => wanted[worker.Id].Length)
                    ?? active.Where(worker => worker.Sockets > slot).MaxBy(worker => worker.Assignment.Contains(slot));
                if (sibling is not null && !wanted[sibling.Id].Contains(slot))
                {
                    wanted[sibling.Id] = wanted[sibling.Id].Add(slot);
                }
            }
        }

        return wanted.ToDictionary(pair => pair.Key, pair => pair.Value.Sort());
    }

    private bool AllAssignmentsConfirmed() => _state.Workers.Values.All(worker =>
        worker.Phase is not (ReclusterWorkerPhase.Active or ReclusterWorkerPhase.Draining)
        || worker.AssignmentConfirmed >= worker.AssignmentSent
        || _now >= worker.AssignedAt + Settings.SwitchTimeout);
}
