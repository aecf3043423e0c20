namespace Recluster.Supervisor;

// How many workers that have served may drain beside each other in a slot, however they came to it: reloads (also those that halt), recycling,
// replacements. Each takes memory for as long as DrainTimeout.
internal sealed partial class ClusterReducer
{
    private void BoundDraining()
    {
        // A worker that was rolled back has not served, and is gone at once.
        var tooMany = _state.Workers.Values
            .Where(worker => worker is { Phase: ReclusterWorkerPhase.Draining, AssignmentSent: > 0 })
            .GroupBy(worker => worker.Slot)
            .SelectMany(slot => slot.OrderByDescending(worker => worker.Id).Skip(Settings.MaxDrainingGenerations))
            .Where(worker => !worker.IsFinishing)
            .ToArray();
        foreach (var generation in tooMany.GroupBy(worker => worker.Generation).OrderBy(generation => generation.Key))
        {
            Notify(new ClusterEvent.GenerationTooMany(generation.Key, string.Join(", ", generation.Select(worker => worker.Slot).Order())));
        }

        foreach (var worker in tooMany)
        {
            var deadline = _now + Settings.FinishTimeout + Settings.KillGrace;
            Update(worker with { IsFinishing = true, Deadline = deadline < worker.Deadline ? deadline : worker.Deadline });
            _afterAssignments.Add(new Effect.Finish(worker.Id, Settings.FinishTimeout));
        }
    }
}
