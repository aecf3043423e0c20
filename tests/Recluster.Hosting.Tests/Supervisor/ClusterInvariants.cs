using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>What holds after every input, whatever it was and whatever came before. One instance watches one cluster's life.</summary>
internal sealed class ClusterInvariants
{
    private readonly HashSet<long> _ids = [];
    private readonly HashSet<long> _killed = [];
    private readonly HashSet<long> _asked = [];
    private readonly HashSet<long> _answered = [];
    private readonly HashSet<int> _reloads = [];
    private long _lastAssignment;
    private bool _reportedStarted;
    private bool _reportedStopped;

    internal IEnumerable<long> Unanswered => _asked.Except(_answered);

    internal void Check(ClusterState before, Input input, ClusterState after, IReadOnlyList<Effect> effects, TimeSpan now)
    {
        if (input is Input.ReloadRequested { Request: { } request })
        {
            _asked.Add(request);
        }

        CheckSlots(after);
        CheckPhases(before, after);
        CheckCapacity(before, input, after);
        CheckCoverageThroughout(before, input, after, effects);
        CheckEffects(before, after, effects);
        CheckReload(after);
        CheckDeadline(after, now);
    }

    private static void CheckSlots(ClusterState state)
    {
        var active = state.Workers.Values.Where(worker => worker.Phase == ReclusterWorkerPhase.Active).ToArray();
        Assert.True(active.DistinctBy(worker => worker.Slot).Count() == active.Length, "two active workers in one slot");
        var starting = state.Workers.Values.Count(worker => worker.Phase == ReclusterWorkerPhase.Starting);
        Assert.True(starting <= state.Settings.MaxConcurrentStarts, $"{starting} workers are starting");
        foreach (var worker in state.Workers.Values)
        {
            Assert.InRange(worker.Slot, 0, state.Settings.Workers - 1);
            if (worker.Phase is ReclusterWorkerPhase.Starting or ReclusterWorkerPhase.Standby or ReclusterWorkerPhase.Killed)
            {
                Assert.Empty(worker.Assignment);
            }
        }

        if (state.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped)
        {
            Assert.Empty(active);
            return;
        }

        foreach (var draining in state.Workers.Values.Where(worker => worker.Phase == ReclusterWorkerPhase.Draining))
        {
            Assert.Empty(draining.Assignment);
        }

        if (active.Length > 0)
        {
            // Each slot is somebody's, nobody's twice, and its own active worker's where it has one.
            Assert.Equal(
                Enumerable.Range(0, state.Settings.Workers),
                active.SelectMany(worker => worker.Assignment).Order());
            Assert.All(active, worker => Assert.Contains(worker.Slot, worker.Assignment));
        }
    }

    private static void CheckPhases(ClusterState before, ClusterState after)
    {
        Assert.True(after.Phase >= before.Phase, $"the cluster went from {before.Phase} to {after.Phase}");
        Assert.True(after.Phase != ClusterPhase.Stopped || after.Workers.IsEmpty, "stopped with workers left");
        foreach (var worker in after.Workers.Values)
        {
            if (before.Workers.TryGetValue(worker.Id, out var old))
            {
                Assert.True(worker.Phase >= old.Phase, $"worker {worker.Id} went from {old.Phase} to {worker.Phase}");
                Assert.Equal((old.Slot, old.Generation, old.StartedAt), (worker.Slot, worker.Generation, worker.StartedAt));
            }
        }

        Assert.InRange(after.Generation, before.Generation, after.LastGeneration);
    }

    /// <summary>Only the end of an active worker, or of the cluster, takes ready capacity away.</summary>
    private static void CheckCapacity(ClusterState before, Input input, ClusterState after)
    {
        if (after.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped)
        {
            return;
        }

        var lost = input switch
        {
            Input.Exited exited => IsActive(exited.Worker),
            Input.ChannelLost channel => IsActive(channel.Worker),
            _ => false,
        };
        var change = ActiveCount(after) - ActiveCount(before);
        Assert.True(change >= (lost ? -1 : 0), $"{input} changed the number of active workers by {change}");

        bool IsActive(long id) => before.Workers.GetValueOrDefault(id)?.Phase == ReclusterWorkerPhase.Active;

        static int ActiveCount(ClusterState state) => state.Workers.Values.Count(worker => worker.Phase == ReclusterWorkerPhase.Active);
    }

    /// <summary>While the effects are carried out in their order, no assignment leaves a slot's socket to nobody.</summary>
    private static void CheckCoverageThroughout(ClusterState before, Input input, ClusterState after, IReadOnlyList<Effect> effects)
    {
        if (after.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped)
        {
            return;
        }

        var accepting = before.Workers.Values.ToDictionary(worker => worker.Id, worker => worker.Assignment);
        if (input is Input.Exited exited)
        {
            accepting.Remove(exited.Worker);
        }

        foreach (var effect in effects)
        {
            if (effect is Effect.Kill kill)
            {
                accepting.Remove(kill.Worker);
            }
            else if (effect is Effect.Assign assign)
            {
                var given = accepting.GetValueOrDefault(assign.Worker, []).Except(assign.Slots);
                accepting[assign.Worker] = assign.Slots;
                Assert.All(given, slot => Assert.True(
                    accepting.Values.Any(slots => slots.Contains(slot)), $"slot {slot} was left to nobody in the middle of a step"));
            }
        }
    }

    private void CheckEffects(ClusterState before, ClusterState after, IReadOnlyList<Effect> effects)
    {
        foreach (var effect in effects)
        {
            Assert.False(_reportedStopped && effect is not (Effect.Answer or Effect.Notify), $"{effect} after the end");
            switch (effect)
            {
                case Effect.Start start:
                    Assert.True(_ids.Add(start.Worker), $"worker id {start.Worker} was given twice");
                    Assert.True(after.Phase is ClusterPhase.Starting or ClusterPhase.Running, $"{start} while {after.Phase}");
                    Assert.InRange(start.Generation, before.Generation, after.LastGeneration);
                    break;
                case Effect.Assign assign:
                    ToLiving(assign.Worker, effect);
                    Assert.True(assign.Number > _lastAssignment, "assignment numbers grow");
                    _lastAssignment = assign.Number;
                    break;
                case Effect.Drain drain:
                    ToLiving(drain.Worker, effect);
                    break;
                case Effect.Stop stop:
                    ToLiving(stop.Worker, effect);
                    break;
                case Effect.Kill kill:
                    ToLiving(kill.Worker, effect);
                    _killed.Add(kill.Worker);
                    break;
                case Effect.Answer answer:
                    Assert.Contains(answer.Request, _asked);
                    Assert.True(_answered.Add(answer.Request), $"request {answer.Request} was answered twice");
                    break;
                case Effect.ReportStarted:
                    Assert.False(_reportedStarted, "started twice");
                    _reportedStarted = true;
                    break;
                case Effect.ReportStopped:
                    Assert.False(_reportedStopped, "stopped twice");
                    _reportedStopped = true;
                    break;
            }
        }

        Assert.Equal(after.Phase == ClusterPhase.Stopped, _reportedStopped);

        void ToLiving(long worker, Effect effect)
        {
            Assert.True(_ids.Contains(worker) && after.Workers.ContainsKey(worker), $"{effect} to a worker that is not there");
            Assert.False(_killed.Contains(worker), $"{effect} to a killed worker");
        }
    }

    private void CheckReload(ClusterState state)
    {
        if (state.Reload is { } reload)
        {
            _reloads.Add(reload.Generation);
            Assert.Equal(_reloads.Max(), reload.Generation);
            Assert.Equal(state.LastGeneration, reload.Generation);
            Assert.Equal(ClusterPhase.Running, state.Phase);
        }

        // Nobody is forgotten: who has not been answered waits for this reload or for the next.
        var waiting = (state.Reload?.Requests ?? []).AddRange(state.QueuedReload ?? []);
        Assert.Equal(Unanswered.Order(), waiting.Order());
    }

    /// <summary>The loop sleeps until the next deadline: one that is over, or that a tick does not settle, would make it spin.</summary>
    private static void CheckDeadline(ClusterState state, TimeSpan now)
    {
        if (ClusterDeadlines.Next(state, now) is not { } next)
        {
            return;
        }

        Assert.True(next > now, $"the next deadline, {next}, is over at {now}");
        var (later, _) = ClusterReducer.Reduce(state, new Input.Tick(), next);
        Assert.True(
            ClusterDeadlines.Next(later, next) is not { } following || following > next,
            "a tick at the deadline leaves a deadline that is over");
    }
}
