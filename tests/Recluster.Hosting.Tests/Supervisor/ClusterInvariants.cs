using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>What holds after every input, whatever it was and whatever came before. One instance watches one cluster's life.</summary>
internal sealed class ClusterInvariants
{
    private readonly HashSet<long> _ids = [];
    private readonly HashSet<long> _killed = [];
    private readonly HashSet<long> _asked = [];
    private readonly HashSet<long> _answered = [];
    private readonly HashSet<long> _askedToScale = [];
    private readonly HashSet<long> _answeredToScale = [];
    private readonly HashSet<int> _reloads = [];
    private long _lastAssignment;
    private bool _reportedStarted;
    private bool _reportedStopped;

    internal IEnumerable<long> Unanswered => UnansweredToReload.Concat(UnansweredToScale);

    private IEnumerable<long> UnansweredToReload => _asked.Except(_answered);

    private IEnumerable<long> UnansweredToScale => _askedToScale.Except(_answeredToScale);

    internal void Check(ClusterState before, Input input, ClusterState after, IReadOnlyList<Effect> effects, TimeSpan now)
    {
        if (input is Input.ReloadRequested { Request: { } request })
        {
            _asked.Add(request);
        }

        if (input is Input.ScaleRequested { Request: { } scaling })
        {
            _askedToScale.Add(scaling);
        }

        if (input is Input.ReloadGivenUp reload && !_answered.Contains(reload.Request))
        {
            _asked.Remove(reload.Request);
        }

        if (input is Input.ScaleGivenUp scale && !_answeredToScale.Contains(scale.Request))
        {
            _askedToScale.Remove(scale.Request);
        }

        Assert.Equal(input is Input.AbortRequested ? 1 : 0, effects.Count(effect => effect is Effect.AnswerAbort));
        Assert.True(
            input is not Input.AbortRequested || after.Reload is null or { CommittedAt: not null },
            "a reload that was given up goes on");
        CheckSlots(after, now);
        CheckPhases(before, after);
        CheckCapacity(before, input, after, now);
        CheckCoverageThroughout(before, input, after, effects, now);
        CheckEffects(before, after, effects);
        CheckReload(after);
        CheckRoll(before, after, now);
        CheckScale(before, after, effects, now);
        CheckDraining(after);
        CheckKilled(after, now);
        CheckReleases(after, effects);
        CheckDeadline(after, now);
    }

    private static bool IsRelieved(ClusterState state, WorkerState worker, TimeSpan now) =>
        worker.IsDeaf
        || (ClusterDeadlines.ListensFor(state, worker) && now - worker.LastBeat >= state.Settings.HeartbeatTimeout / 2);

    /// <summary>Those who may be given what another cannot serve.</summary>
    private static WorkerState[] FitOf(ClusterState state, TimeSpan now) =>
    [
        .. state.Workers.Values.Where(worker => worker.Phase == ReclusterWorkerPhase.Active && !IsRelieved(state, worker, now)),
    ];

    private static void CheckSlots(ClusterState state, TimeSpan now)
    {
        var active = state.Workers.Values.Where(worker => worker.Phase == ReclusterWorkerPhase.Active).ToArray();
        Assert.True(active.DistinctBy(worker => worker.Slot).Count() == active.Length, "two active workers in one slot");
        var starting = state.Workers.Values.Count(worker => worker.Phase == ReclusterWorkerPhase.Starting);
        Assert.True(starting <= state.Settings.MaxConcurrentStarts, $"{starting} workers are starting");
        foreach (var worker in state.Workers.Values)
        {
            Assert.InRange(worker.Slot, 0, state.ListeningSlots - 1);
            Assert.True(
                worker.Slot < state.Slots.Length || worker.Phase is ReclusterWorkerPhase.Draining or ReclusterWorkerPhase.Killed,
                $"worker {worker.Id} is {worker.Phase} in a slot that was removed");
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

        // Each socket is somebody's, and nobody's twice; one who is not heard of keeps its own beside the one who relieves it.
        Assert.All(active, worker => Assert.Contains(worker.Slot, worker.Assignment));
        var fit = FitOf(state, now);
        if (fit.Length > 0)
        {
            var relieved = active.Except(fit).ToArray();
            Assert.All(relieved, worker => Assert.Contains(worker.Slot, worker.Assignment));
            Assert.All(relieved, worker => Assert.All(
                worker.Assignment,
                slot => Assert.True(slot == worker.Slot || fit.All(other => other.Sockets <= slot), "nobody else has the socket")));

            // One that has not taken a new slot's sockets cannot accept there.
            Assert.All(active, worker => Assert.All(
                worker.Assignment, slot => Assert.True(slot < worker.Sockets, $"worker {worker.Id} has no socket of slot {slot}")));
            Assert.Equal(
                Enumerable.Range(0, state.ListeningSlots).Where(slot => fit.Any(worker => worker.Sockets > slot)),
                fit.SelectMany(worker => worker.Assignment).Order());
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

    /// <summary>Only the end of an active worker, its long silence, the removal of its slot, or the end of the cluster takes ready capacity away.</summary>
    private static void CheckCapacity(ClusterState before, Input input, ClusterState after, TimeSpan now)
    {
        if (after.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped)
        {
            return;
        }

        for (var slot = 0; slot < Math.Min(before.Slots.Length, after.Slots.Length); slot++)
        {
            if (before.ActiveOf(slot) is not { } lost || after.ActiveOf(slot) is not null)
            {
                continue;
            }

            var hasEnded = input switch
            {
                Input.Exited exited => exited.Worker == lost.Id,
                Input.ChannelLost channel => channel.Worker == lost.Id,
                Input.EffectFailed { Effect: Effect.Assign assign } => assign.Worker == lost.Id,
                Input.EffectFailed { Effect: Effect.OfferSockets offer } => offer.Worker == lost.Id,
                _ => false,
            };
            var settings = after.Settings;
            Assert.True(
                hasEnded || (ClusterDeadlines.ListensFor(after, lost) && now - lost.LastBeat >= settings.HeartbeatTimeout + settings.StartTimeout),
                $"{input} took away worker {lost.Id}, which served slot {slot}");
        }
    }

    /// <summary>While the effects are carried out in their order, no assignment leaves a slot's socket to nobody.</summary>
    private static void CheckCoverageThroughout(
        ClusterState before, Input input, ClusterState after, IReadOnlyList<Effect> effects, TimeSpan now)
    {
        if (after.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped || FitOf(after, now).Length == 0)
        {
            return;
        }

        var accepting = before.Workers.Values.ToDictionary(worker => worker.Id, worker => worker.Assignment);
        if (input is Input.Exited exited)
        {
            accepting.Remove(exited.Worker);
        }

        var given = new List<int>();
        foreach (var effect in effects)
        {
            if (effect is Effect.Kill kill)
            {
                accepting.Remove(kill.Worker);
            }
            else if (effect is Effect.Dump dump)
            {
                accepting.Remove(dump.Worker);
            }
            else if (effect is Effect.Assign assign)
            {
                var had = accepting.GetValueOrDefault(assign.Worker, []);
                accepting[assign.Worker] = assign.Slots;
                given.AddRange(had.Except(assign.Slots));
                Assert.All(given, slot => Assert.True(IsSomebodys(slot), $"slot {slot} was left to nobody in the middle of a step"));
            }
        }

        Assert.All(given, slot => Assert.True(IsSomebodys(slot), $"slot {slot} was left to nobody"));

        bool IsSomebodys(int slot) => accepting.Values.Any(slots => slots.Contains(slot));
    }

    private void CheckEffects(ClusterState before, ClusterState after, IReadOnlyList<Effect> effects)
    {
        foreach (var effect in effects)
        {
            Assert.False(_reportedStopped && effect is not (Effect.Answer or Effect.AnswerScale or Effect.AnswerAbort or Effect.Notify), $"{effect} after the end");
            switch (effect)
            {
                case Effect.Start start:
                    Assert.True(_ids.Add(start.Worker), $"worker id {start.Worker} was given twice");
                    Assert.True(after.Phase is ClusterPhase.Starting or ClusterPhase.Running, $"{start} while {after.Phase}");
                    Assert.InRange(start.Generation, before.Generation, after.LastGeneration);
                    Assert.InRange(start.Slot, 0, Math.Max(before.Slots.Length, after.Slots.Length) - 1);
                    break;
                case Effect.Assign assign:
                    ToLiving(assign.Worker, effect);
                    Assert.True(assign.Number > _lastAssignment, "assignment numbers grow");
                    _lastAssignment = assign.Number;
                    break;
                case Effect.ShortenWarmUp shorten:
                    ToLiving(shorten.Worker, effect);
                    Assert.Equal(ReclusterWorkerPhase.Starting, after.Workers[shorten.Worker].Phase);
                    break;
                case Effect.Drain drain:
                    ToLiving(drain.Worker, effect);
                    break;
                case Effect.Finish finish:
                    ToLiving(finish.Worker, effect);
                    Assert.Equal(ReclusterWorkerPhase.Draining, after.Workers[finish.Worker].Phase);
                    break;
                case Effect.Stop stop:
                    ToLiving(stop.Worker, effect);
                    break;
                case Effect.Dump dump:
                    ToLiving(dump.Worker, effect);
                    Assert.True(after.Settings.HangDumpTimeout > TimeSpan.Zero, "a dump that nobody wants");
                    _killed.Add(dump.Worker);
                    break;
                case Effect.Kill kill:
                    Assert.Contains(kill.Worker, _ids);
                    Assert.True(before.Workers.ContainsKey(kill.Worker), $"worker {kill.Worker} was started and killed in one step");
                    _killed.Add(kill.Worker);
                    break;
                case Effect.GiveUp giveUp:
                    Assert.Contains(giveUp.Worker, _killed);
                    Assert.False(after.Workers.ContainsKey(giveUp.Worker), $"worker {giveUp.Worker} was given up and is still counted");
                    break;
                case Effect.Answer answer:
                    Assert.Contains(answer.Request, _asked);
                    Assert.True(_answered.Add(answer.Request), $"request {answer.Request} was answered twice");
                    break;
                case Effect.AnswerScale answer:
                    Assert.Contains(answer.Request, _askedToScale);
                    Assert.True(_answeredToScale.Add(answer.Request), $"scaling {answer.Request} was answered twice");
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
        var begins = before.Phase < ClusterPhase.Stopping && after.Phase >= ClusterPhase.Stopping;
        Assert.Equal(begins ? 1 : 0, effects.Count(effect => effect is Effect.CloseSockets));

        void ToLiving(long worker, Effect effect)
        {
            Assert.True(_ids.Contains(worker) && after.Workers.ContainsKey(worker), $"{effect} to a worker that is not there");
            Assert.False(_killed.Contains(worker), $"{effect} to a killed worker");
        }
    }

    private void CheckReload(ClusterState state)
    {
        Assert.True(!state.IsStopping || (state.QueuedReload, state.QueuedScale) is (null, null), "something waits to be begun in a stopping cluster");
        if (state.Reload is { } reload)
        {
            _reloads.Add(reload.Generation);
            Assert.Equal(_reloads.Max(), reload.Generation);
            Assert.Equal(state.LastGeneration, reload.Generation);
            Assert.Equal(ClusterPhase.Running, state.Phase);
        }

        // Nobody is forgotten: who has not been answered waits for this reload or for the next.
        var waiting = (state.Reload?.Requests ?? []).Union(state.QueuedReload ?? []);
        Assert.Equal(UnansweredToReload.Order(), waiting.Order());
        Assert.True(state.Phase is not (ClusterPhase.Stopping or ClusterPhase.Stopped) || waiting.IsEmpty, "a stopping cluster owes an answer");
    }

    /// <summary>What a reload may do to its slots: so many beside the old, none back, and none before its time.</summary>
    private static void CheckRoll(ClusterState before, ClusterState after, TimeSpan now)
    {
        if (after.Reload is { CommittedAt: null } reload)
        {
            var beside = after.Workers.Values.Count(worker => worker.Generation == reload.Generation
                && worker.Phase is ReclusterWorkerPhase.Starting or ReclusterWorkerPhase.Standby
                && after.Slots[worker.Slot].Generation != reload.Generation);
            Assert.True(beside <= (after.Settings.MaxSurge ?? int.MaxValue), $"{beside} new workers are beside the old");
        }

        for (var slot = 0; slot < Math.Min(before.Slots.Length, after.Slots.Length); slot++)
        {
            var generation = after.Slots[slot].Generation;
            Assert.InRange(generation, Math.Max(before.Slots[slot].Generation, after.Generation), after.LastGeneration);
            if (generation != before.Slots[slot].Generation && after.Phase == ClusterPhase.Running)
            {
                var promoted = after.ActiveOf(slot);
                Assert.True(promoted?.Generation == generation, $"slot {slot} was switched to nobody");
                Assert.True(
                    now >= promoted.ReadyAt + after.Settings.MinUptime || NobodyServed(before, after), $"slot {slot} was switched before MinUptime");
            }
        }

        Assert.True(
            after.Phase != ClusterPhase.Starting || after.Slots.All(slot => slot.StartFailures < after.Settings.MaxStartFailures),
            "the start goes on after MaxStartFailures");
    }

    private static bool NobodyServed(ClusterState before, ClusterState after) => !after.Workers.Values.Any(worker =>
        worker is { Phase: ReclusterWorkerPhase.Active or ReclusterWorkerPhase.Draining, IsDeaf: false }
        && before.Workers.TryGetValue(worker.Id, out var old)
        && old.Phase == ReclusterWorkerPhase.Active);

    private void CheckScale(ClusterState before, ClusterState after, IReadOnlyList<Effect> effects, TimeSpan now)
    {
        Assert.InRange(after.Slots.Length, 1, after.Settings.MaxWorkers);
        Assert.Equal(Math.Max(before.ListeningSlots, after.Slots.Length), after.ListeningSlots);
        Assert.Equal(
            after.Slots.Length == before.Slots.Length ? [] : [new Effect.Resize(after.ListeningSlots, after.Slots.Length)],
            effects.OfType<Effect.Resize>());

        Assert.InRange(after.ListeningSlots, 1, after.ReservedSlots);
        Assert.InRange(after.ReservedSlots, before.ReservedSlots, after.Settings.MaxWorkers);
        Assert.All(after.Workers.Values, worker => Assert.InRange(worker.Sockets, worker.Slot + 1, after.ReservedSlots));
        if (after.ListeningSlots > before.ListeningSlots && after.Phase == ClusterPhase.Running)
        {
            Assert.All(FitOf(after, now), worker => Assert.True(
                worker.Sockets >= after.ListeningSlots, $"a new slot listens, and worker {worker.Id} cannot accept there"));
        }

        var waiting = (after.Scale?.Requests ?? []).Union(after.QueuedScale?.Requests ?? []);
        Assert.Equal(UnansweredToScale.Order(), waiting.Order());
        Assert.True(after.Phase is not (ClusterPhase.Stopping or ClusterPhase.Stopped) || waiting.IsEmpty, "a stopping cluster owes an answer");
        Assert.True(after.Scale is null || after.Scale.GiveUpAt > now, "a scaling goes on beyond its time");
    }

    private static void CheckDraining(ClusterState state)
    {
        if (state.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped)
        {
            return;
        }

        var most = state.Workers.Values
            .Where(worker => worker is { Phase: ReclusterWorkerPhase.Draining, IsFinishing: false, AssignmentSent: > 0 })
            .CountBy(worker => worker.Slot)
            .Select(slot => slot.Value)
            .DefaultIfEmpty()
            .Max();
        Assert.True(most <= state.Settings.MaxDrainingGenerations, $"{most} workers of a slot drain at their leisure");
    }

    /// <summary>A dump has a bound, and a process that a kill does not end is not waited for.</summary>
    private static void CheckKilled(ClusterState state, TimeSpan now)
    {
        foreach (var worker in state.Workers.Values.Where(worker => worker.Killed is not null))
        {
            Assert.True(worker.Deadline > now, $"nothing more is going to be done to worker {worker.Id}, which is to be killed");
            Assert.InRange(
                worker.KilledAt is { } first ? now - first : worker.Deadline.Value - now,
                TimeSpan.Zero,
                worker.KilledAt is null ? state.Settings.HangDumpTimeout : state.Settings.KillPatience + state.Settings.KillInterval);
        }
    }

    private static void CheckReleases(ClusterState state, IReadOnlyList<Effect> effects)
    {
        Assert.Subset(state.Releases.ToHashSet(), state.Workers.Values.Select(worker => worker.Generation).ToHashSet());
        Assert.DoesNotContain(effects, effect => effect is Effect.ForgetRelease forget && state.Releases.Contains(forget.Generation));
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
