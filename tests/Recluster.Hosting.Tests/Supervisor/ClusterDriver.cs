using Recluster.Master;
using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Drives the pure supervisor by hand, one input at a time, and checks the invariants after each.</summary>
internal sealed class ClusterDriver
{
    private readonly ClusterInvariants _invariants = new();
    private readonly List<Effect> _all = [];
    private readonly AttendedTime _attended = new();
    private TimeSpan _clock;
    private int _lastProcessId = 1000;

    internal ClusterDriver(SupervisorSettings settings) => State = ClusterState.Create(settings);

    internal ClusterState State { get; private set; }

    internal TimeSpan Now { get; private set; }

    /// <summary>The effects of the last input.</summary>
    internal IReadOnlyList<Effect> Effects { get; private set; } = [];

    /// <summary>The effects of all inputs so far.</summary>
    internal IReadOnlyList<Effect> AllEffects => _all;

    /// <summary>The calls that wait for their answers.</summary>
    internal IEnumerable<long> Unanswered => _invariants.Unanswered;

    internal TimeSpan? NextDeadline => ClusterDeadlines.Next(State, Now);

    internal static SupervisorSettings Settings(int workers, int maxConcurrentStarts = 16) => new()
    {
        Workers = workers,
        MaxConcurrentStarts = maxConcurrentStarts,
    };

    internal static ClusterDriver Started(SupervisorSettings settings)
    {
        var cluster = new ClusterDriver(settings);
        cluster.Tick();
        return cluster;
    }

    /// <summary>A cluster whose workers 1 to N serve slots 0 to N-1.</summary>
    internal static ClusterDriver Running(SupervisorSettings settings)
    {
        var cluster = Started(settings);
        cluster.ReadyAll();
        Assert.Equal(ClusterPhase.Running, cluster.State.Phase);
        return cluster;
    }

    internal static ClusterDriver Running(int workers) => Running(Settings(workers));

    /// <summary>
    /// The master opens the sockets that it is told to open, and the workers take them, at once: what comes of it is one with the effects of the
    /// input before.
    /// </summary>
    internal bool OpensSockets { get; set; } = true;

    /// <summary>The master copies the releases that it is told to copy, at once.</summary>
    internal bool KeepsReleases { get; set; } = true;

    internal IReadOnlyList<Effect> Do(Input input)
    {
        Reduce(input);
        var effects = Effects.ToList();
        while (KeepsReleases && effects.OfType<Effect.KeepRelease>().FirstOrDefault() is { } keep)
        {
            effects.Remove(keep);
            Reduce(new Input.ReleaseKept(keep.Generation));
            effects.AddRange(Effects);
        }

        while (OpensSockets && State.Reserving is { } slots)
        {
            effects.RemoveAll(effect => effect is Effect.Reserve);
            Reduce(new Input.Reserved(slots));
            foreach (var offer in Effects.OfType<Effect.OfferSockets>().ToArray())
            {
                effects.AddRange(Effects.Where(effect => effect is not Effect.OfferSockets));
                Reduce(new Input.SocketsTaken(offer.Worker, offer.Slots));
            }

            effects.AddRange(Effects);
        }

        return Effects = effects;
    }

    private void Reduce(Input input)
    {
        var before = State;
        (State, Effects) = ClusterReducer.Reduce(State, input, Now);
        _all.AddRange(Effects);
        _invariants.Check(before, input, State, Effects, Now);
    }

    internal IReadOnlyList<Effect> Tick() => Do(new Input.Tick());

    internal IReadOnlyList<Effect> After(TimeSpan time)
    {
        Pass(time);
        return Tick();
    }

    internal void Pass(TimeSpan time)
    {
        _attended.Sleep(time);
        _clock += time;
        Now = _attended.Look(_clock);
    }

    /// <summary>The master itself is stopped for this time, while it sleeps until its next deadline.</summary>
    internal IReadOnlyList<Effect> Pause(TimeSpan time)
    {
        var sleep = NextDeadline - Now is { } rest && rest < AttendedTime.LongestSleep ? rest : AttendedTime.LongestSleep;
        _attended.Sleep(sleep);
        _clock += sleep + time;
        Now = _attended.Look(_clock);
        return Tick();
    }

    internal IReadOnlyList<Effect> Pid(long worker) => Do(new Input.Started(worker, ++_lastProcessId));

    internal IReadOnlyList<Effect> Ready(long worker) => Do(new Input.Ready(worker));

    internal IReadOnlyList<Effect> Confirm(long worker) =>
        Do(new Input.AssignmentConfirmed(worker, State.Workers[worker].AssignmentSent));

    internal IReadOnlyList<Effect> Exit(long worker, ExitStatus status, params string[] errorOutput) =>
        Do(new Input.Exited(worker, status, errorOutput));

    internal IReadOnlyList<Effect> Crash(long worker) => Exit(worker, ExitStatus.Signaled(11));

    internal IReadOnlyList<Effect> LoseChannel(long worker) => Do(new Input.ChannelLost(worker));

    internal IReadOnlyList<Effect> Replace(long worker) => Do(new Input.ReplacementRequested(worker, "SIGTERM received"));

    internal IReadOnlyList<Effect> Settle(long worker, params int[] slots) => Do(new Input.Settled(worker, [.. slots]));

    internal IReadOnlyList<Effect> StopItself(long worker) => Do(new Input.StopsItself(worker));

    internal IReadOnlyList<Effect> Reload(long? request = null) => Do(new Input.ReloadRequested(request));

    internal bool Abort() => Do(new Input.AbortRequested(1)).OfType<Effect.AnswerAbort>().Single().HasAborted;

    internal IReadOnlyList<Effect> Scale(int workers, long? request = null) => Do(new Input.ScaleRequested(workers, 0, request));

    internal IReadOnlyList<Effect> ScaleBy(int delta) => Do(new Input.ScaleRequested(null, delta, null));

    internal IReadOnlyList<Effect> Beat(long worker, bool isStalled = false, bool isDebugged = false) =>
        Do(new Input.Beat(worker, isStalled, isDebugged));

    internal IReadOnlyList<Effect> Stop(TimeSpan timeout, TimeSpan delay = default) => Do(new Input.StopRequested(timeout, delay));

    internal IReadOnlyList<Effect> Terminate() => Do(new Input.TerminateRequested());

    /// <summary>Confirms whatever assignment is outstanding.</summary>
    internal void ConfirmAll()
    {
        foreach (var worker in State.Workers.Values.Where(worker => worker.AssignmentConfirmed < worker.AssignmentSent).ToArray())
        {
            Confirm(worker.Id);
        }
    }

    /// <summary>Every starting worker becomes ready, those that are started because of it included; all assignments are confirmed.</summary>
    internal void ReadyAll()
    {
        while (Starting.FirstOrDefault() is var next and not 0)
        {
            Pid(next);
            Ready(next);
        }

        SettleAll();
        ConfirmAll();
    }

    /// <summary>Everybody who serves says that its clients are settled, where it is asked.</summary>
    internal void SettleAll()
    {
        if (State.Settings.SwitchNotice > TimeSpan.Zero)
        {
            int[] asked = [.. Enumerable.Range(0, State.Slots.Length).Where(State.HasStandby)];
            Array.ForEach(Of(ReclusterWorkerPhase.Active), worker => Settle(worker, asked));
        }
    }

    /// <summary>A reload from its request on, until the new workers serve; the old drain.</summary>
    internal void ReloadToTheEndOfSwitching(long? request = null)
    {
        Reload(request);
        ReadyAll();
    }

    /// <summary>A reload from its request to its end, the old workers gone.</summary>
    internal void ReloadToTheEnd(long? request = null)
    {
        ReloadToTheEndOfSwitching(request);
        foreach (var worker in Of(ReclusterWorkerPhase.Draining))
        {
            Exit(worker, ExitStatus.Exited(0));
        }
    }

    internal long[] Of(ReclusterWorkerPhase phase) =>
        [.. State.Workers.Values.Where(worker => worker.Phase == phase).Select(worker => worker.Id)];

    internal long[] Starting => Of(ReclusterWorkerPhase.Starting);

    internal ReclusterWorkerPhase Phase(long worker) => State.Workers[worker].Phase;

    internal int[] Assignment(long worker) => [.. State.Workers[worker].Assignment];

    internal long? Active(int slot) => State.ActiveOf(slot)?.Id;

    internal (long Worker, int Slot, int Generation)[] Starts =>
        [.. Effects.OfType<Effect.Start>().Select(start => (start.Worker, start.Slot, start.Generation))];

    internal long[] Kills => [.. Effects.OfType<Effect.Kill>().Select(kill => kill.Worker)];

    internal ReloadResult? Answer(long request) =>
        _all.OfType<Effect.Answer>().SingleOrDefault(answer => answer.Request == request)?.Result;

    internal ScaleResult? ScaleAnswer(long request) =>
        _all.OfType<Effect.AnswerScale>().SingleOrDefault(answer => answer.Request == request)?.Result;

    internal int[] SlotGenerations => [.. State.Slots.Select(slot => slot.Generation)];

    /// <summary>The events of this kind that the last input gave.</summary>
    internal TEvent[] Events<TEvent>()
        where TEvent : ClusterEvent => EventsIn<TEvent>(Effects);

    internal TEvent[] AllEvents<TEvent>()
        where TEvent : ClusterEvent => EventsIn<TEvent>(_all);

    private static TEvent[] EventsIn<TEvent>(IEnumerable<Effect> effects)
        where TEvent : ClusterEvent => [.. effects.OfType<Effect.Notify>().Select(notify => notify.Event).OfType<TEvent>()];
}
