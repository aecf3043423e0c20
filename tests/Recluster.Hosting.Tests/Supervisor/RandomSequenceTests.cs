using CsCheck;
using Recluster.Master;
using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Random lives of random clusters: partly plausible, partly nonsense. The driver checks the invariants after each input.</summary>
public class RandomSequenceTests
{
    private const int Lives = 1000;

    private static readonly Gen<SupervisorSettings> AnySettings =
        from workers in Gen.Int[1, 5]
        from maxConcurrentStarts in Gen.Int[1, 5]
        from respawnDelay in OneOf(0.0, 1.0, 3.0)
        from maxRespawnDelay in OneOf(0.0, 3.0, 30.0)
        from drainTimeout in OneOf(0.0, 1.0, 3600.0)
        from maxWorkers in Gen.Int[workers, 7]
        from maxSurge in Gen.Int[0, 6]
        from minUptime in OneOf(0.0, 0.0, 5.0)
        from switchNotice in OneOf(0.0, 0.0, 5.0)
        from maxDrainingGenerations in Gen.Int[1, 3]
        from heartbeatTimeout in OneOf(0.0, 4.0, 30.0)
        from hangDumpTimeout in OneOf(0.0, 5.0, 30.0)
        from spareDebugged in Gen.Bool
        from maxStartFailures in Gen.Int[1, 3]
        from keepsReleases in Gen.Bool
        select new SupervisorSettings
        {
            Workers = workers,
            MaxConcurrentStarts = maxConcurrentStarts,
            RespawnDelay = TimeSpan.FromSeconds(respawnDelay),
            MaxRespawnDelay = TimeSpan.FromSeconds(maxRespawnDelay),
            DrainTimeout = TimeSpan.FromSeconds(drainTimeout),
            MaxWorkers = maxWorkers,
            MaxSurge = maxSurge == 0 ? null : maxSurge,
            MinUptime = TimeSpan.FromSeconds(minUptime),
            SwitchNotice = TimeSpan.FromSeconds(switchNotice),
            MaxDrainingGenerations = maxDrainingGenerations,
            HeartbeatTimeout = TimeSpan.FromSeconds(heartbeatTimeout),
            HangDumpTimeout = TimeSpan.FromSeconds(hangDumpTimeout),
            SpareDebugged = spareDebugged,
            MaxStartFailures = maxStartFailures,
            KeepsReleases = keepsReleases,
        };

    // What happens (weighted), to which worker, and a number whose meaning depends on it.
    private static readonly Gen<(Happening What, int Whom, int Number)> AnyHappening = Gen.Select(
        Gen.Frequency(
            (30, Gen.Const(Happening.Ready)),
            (25, Gen.Const(Happening.Confirm)),
            (10, Gen.Const(Happening.Obey)),
            (10, Gen.Const(Happening.Exit)),
            (6, Gen.Const(Happening.Reload)),
            (3, Gen.Const(Happening.Signal)),
            (1, Gen.Const(Happening.Abort)),
            (5, Gen.Const(Happening.Scale)),
            (2, Gen.Const(Happening.GiveUp)),
            (2, Gen.Const(Happening.GiveUpScale)),
            (2, Gen.Const(Happening.ScaleSignal)),
            (10, Gen.Const(Happening.Reserved)),
            (10, Gen.Const(Happening.Taken)),
            (1, Gen.Const(Happening.Refused)),
            (15, Gen.Const(Happening.Beat)),
            (10, Gen.Const(Happening.AllBeat)),
            (2, Gen.Const(Happening.Wait)),
            (3, Gen.Const(Happening.Pause)),
            (10, Gen.Const(Happening.EffectFails)),
            (4, Gen.Const(Happening.LoseChannel)),
            (4, Gen.Const(Happening.DumpEnds)),
            (5, Gen.Const(Happening.Replace)),
            (2, Gen.Const(Happening.Deaf)),
            (3, Gen.Const(Happening.Limit)),
            (4, Gen.Const(Happening.ReleaseSeen)),
            (10, Gen.Const(Happening.ReleaseKept)),
            (6, Gen.Const(Happening.Endpoints)),
            (10, Gen.Const(Happening.Settle)),
            (5, Gen.Const(Happening.StopItself)),
            (12, Gen.Const(Happening.TimePasses)),
            (6, Gen.Const(Happening.DeadlineComes)),
            (4, Gen.Const(Happening.Started)),
            (4, Gen.Const(Happening.Nonsense)),
            (1, Gen.Const(Happening.EndBegins))),
        Gen.Int[0, 1000],
        Gen.Int[0, 1000]);

    // Most begin when the start is over, which many random ones do not live to see.
    private static readonly Gen<(SupervisorSettings Settings, bool IsRunning, (Happening What, int Whom, int Number)[] Happenings)> AnyLife =
        Gen.Select(AnySettings, Gen.Int[0, 3].Select(number => number > 0), AnyHappening.Array[0, 120]);

    private static Gen<double> OneOf(params double[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private enum Happening
    {
        Ready,
        Confirm,
        Obey,
        Exit,
        Reload,
        Signal,
        Abort,
        Scale,
        GiveUp,
        GiveUpScale,
        ScaleSignal,
        Reserved,
        Taken,
        Refused,
        Beat,
        AllBeat,
        Wait,
        Pause,
        EffectFails,
        LoseChannel,
        DumpEnds,
        Replace,
        Deaf,
        Limit,
        ReleaseSeen,
        ReleaseKept,
        Endpoints,
        Settle,
        StopItself,
        TimePasses,
        DeadlineComes,
        Started,
        Nonsense,
        EndBegins,
    }

    [Fact]
    public void No_sequence_of_inputs_breaks_an_invariant() => AnyLife.Sample(life => Live(life), iter: Lives);

    [Fact]
    public void From_any_state_obedient_workers_bring_the_cluster_to_its_end_or_to_full_service_in_the_newest_generation() =>
        AnyLife.Sample(
            life =>
            {
                var cluster = Live(life);

                ObedientWorkers.PlayToTheEnd(cluster);

                var state = cluster.State;
                Assert.Empty(cluster.Unanswered); // Each once, or given up: the driver looks after each input.
                if (state.Phase == ClusterPhase.Stopped)
                {
                    Assert.Single(cluster.AllEffects.OfType<Effect.ReportStopped>());
                    return;
                }

                Assert.Equal(ClusterPhase.Running, state.Phase);
                Assert.Single(cluster.AllEffects.OfType<Effect.ReportStarted>());
                Assert.Equal((null, null, null), (state.Reload, state.Scale, state.QueuedScale));
                Assert.Equal(state.Slots.Length, state.Workers.Count);
                Assert.All(state.Workers.Values, worker =>
                {
                    Assert.Equal((ReclusterWorkerPhase.Active, state.Slots[worker.Slot].Generation), (worker.Phase, worker.Generation));
                    Assert.Equal(worker.Slot, Assert.Single(worker.Assignment, slot => slot < state.Slots.Length));
                });
                if (cluster.AllEvents<ClusterEvent.ReloadHalted>().Length == 0)
                {
                    Assert.All(state.Slots, slot => Assert.Equal(state.Generation, slot.Generation));
                }
            },
            iter: Lives);

    [Fact]
    public void From_any_state_a_stop_comes_to_its_end_in_time_whatever_the_workers_do() =>
        AnyLife.Sample(
            life =>
            {
                var cluster = Live(life);
                var timeout = TimeSpan.FromSeconds(5);
                var end = cluster.Now + timeout + cluster.State.Settings.KillPatience + cluster.State.Settings.KillInterval;

                cluster.Stop(timeout);
                cluster.Stop(timeout); // If one with a delay is on its way, the delay is over.
                while (cluster.State.Phase != ClusterPhase.Stopped)
                {
                    Assert.NotNull(cluster.NextDeadline);
                    cluster.After(cluster.NextDeadline.Value - cluster.Now);
                }

                Assert.InRange(cluster.Now, TimeSpan.Zero, end);
                Assert.Null(cluster.NextDeadline);
            },
            iter: Lives);

    private static ClusterDriver Live(
        (SupervisorSettings Settings, bool IsRunning, (Happening What, int Whom, int Number)[] Happenings) life)
    {
        var cluster = life.IsRunning ? ClusterDriver.Running(life.Settings) : ClusterDriver.Started(life.Settings);
        cluster.OpensSockets = false;
        cluster.KeepsReleases = false;
        var requests = 0L;
        var scalings = 0L;
        foreach (var (what, whom, number) in life.Happenings)
        {
            var ids = cluster.State.Workers.Keys.ToArray();
            var id = ids.Length == 0 ? 1 : ids[whom % ids.Length];
            _ = what switch
            {
                Happening.Ready => cluster.Ready(cluster.Starting.FirstOrDefault(id)),
                Happening.Confirm => cluster.Do(Confirmation(cluster.State, id)),
                Happening.Obey => Obey(cluster),
                Happening.Exit => cluster.Exit(id, Status(number)),
                Happening.Reload => cluster.Reload(++requests),
                Happening.Signal => cluster.Reload(null),
                Happening.Abort => cluster.Do(new Input.AbortRequested(number)),
                Happening.Scale => cluster.Do(new Input.ScaleRequested((number % (life.Settings.MaxWorkers + 2)) - (number % 50 == 0 ? 1 : 0), 0, ++scalings)),
                Happening.GiveUp => cluster.Do(new Input.ReloadGivenUp(number % (requests + 1))),
                Happening.GiveUpScale => cluster.Do(new Input.ScaleGivenUp(number % (scalings + 1))),
                Happening.ScaleSignal => cluster.Do(new Input.ScaleRequested(null, number % 2 == 0 ? 1 : -1, null)),
                Happening.Reserved => cluster.Do(new Input.Reserved(
                    cluster.State.Reserving ?? number % 9, number % 10 == 0 ? "no more descriptors" : null)),
                Happening.Taken => cluster.Do(new Input.SocketsTaken(id, number % 5 == 0 ? number % 9 : cluster.State.ReservedSlots)),
                Happening.Refused => cluster.Do(new Input.SocketsRefused(id, "no more descriptors")),
                Happening.Beat => cluster.Beat(id, isStalled: number % 7 == 0, isDebugged: number % 11 == 0),
                Happening.AllBeat => AllBeat(cluster),
                Happening.Wait => cluster.Do(new Input.WaitingFor(id, "a health check")),
                Happening.Pause => Pause(cluster, TimeSpan.FromMilliseconds(number * 20)),
                Happening.EffectFails => cluster.Do(Failure(cluster, number)),
                Happening.LoseChannel => cluster.LoseChannel(id),
                Happening.DumpEnds => cluster.Do(new Input.DumpEnded(cluster.Of(ReclusterWorkerPhase.Killed).FirstOrDefault(id))),
                Happening.Replace => cluster.Replace(id),
                Happening.Deaf => cluster.Do(new Input.Deaf(id, "unbound")),
                Happening.Limit => cluster.Do(new Input.LimitReached(id, "MaxAge: ...", number % 2 == 0)),
                Happening.ReleaseSeen => cluster.Do(new Input.ReleaseSeen((number % 3) + cluster.State.Generation - 1, whom % 4 == 0 ? "App.dll" : null)),
                Happening.ReleaseKept => cluster.Do(new Input.ReleaseKept(
                    cluster.State.Reload?.Generation ?? (number % 3) + cluster.State.Generation - 1, number % 10 == 0 ? "no space left" : null)),
                Happening.Endpoints => cluster.Do(Endpoints(cluster.Starting.FirstOrDefault(id), number)),
                Happening.Settle => cluster.Settle(id, number % 7),
                Happening.StopItself => cluster.StopItself(id),
                Happening.TimePasses => cluster.After(TimeSpan.FromMilliseconds(number * number / 20)),
                Happening.DeadlineComes => cluster.NextDeadline is { } next ? cluster.After(next - cluster.Now) : cluster.Tick(),
                Happening.Started => cluster.Pid(id),
                Happening.Nonsense => cluster.Do(Nonsense(cluster.State, whom, number)),
                Happening.EndBegins => cluster.Do(number < 500
                    ? new Input.StopRequested(TimeSpan.FromMilliseconds(number * 60), TimeSpan.FromSeconds(whom % 3 * 10))
                    : new Input.TerminateRequested()),
                _ => throw new ArgumentOutOfRangeException(nameof(life)),
            };
        }

        return cluster;
    }

    private static IReadOnlyList<Effect> Obey(ClusterDriver cluster)
    {
        cluster.ConfirmAll();
        foreach (var killed in cluster.Of(ReclusterWorkerPhase.Killed))
        {
            cluster.Exit(killed, ExitStatus.Signaled(9));
        }

        return cluster.Tick();
    }

    private static IReadOnlyList<Effect> AllBeat(ClusterDriver cluster)
    {
        Array.ForEach([.. cluster.State.Workers.Keys], worker => cluster.Beat(worker));
        return cluster.Tick();
    }

    /// <summary>The master itself is stopped for a while: that ends, relieves and rolls back nothing.</summary>
    private static IReadOnlyList<Effect> Pause(ClusterDriver cluster, TimeSpan time)
    {
        cluster.Tick();
        var due = cluster.NextDeadline;
        cluster.Pause(time);
        if (time > AttendedTime.Punctuality)
        {
            Assert.True(!(due <= cluster.Now), $"a pause of {time} took what was due at {due}");
            Assert.Empty(cluster.Effects);
        }

        return cluster.Effects;
    }

    private static Input.AssignmentConfirmed Confirmation(ClusterState state, long id)
    {
        var behind = state.Workers.Values.FirstOrDefault(worker => worker.AssignmentConfirmed < worker.AssignmentSent);
        return new(behind?.Id ?? id, behind?.AssignmentSent ?? 1);
    }

    /// <summary>One of the last input's effects, mostly. One that has an answer of its own says so there, and what is told to nobody fails nobody.</summary>
    private static Input Failure(ClusterDriver cluster, int number)
    {
        Effect[] failing = [.. cluster.Effects.Where(effect => effect is not (Effect.Reserve or Effect.ReserveEndpoint))];
        return failing.Length == 0 ? new Input.Tick() : new Input.EffectFailed(failing[number % failing.Length], "a defect");
    }

    /// <summary>What a worker may say of its endpoints, and what may become of it.</summary>
    private static Input Endpoints(long id, int number) => (number % 7) switch
    {
        0 => new Input.EndpointWanted(id, "tcp:127.0.0.1:82"),
        1 => new Input.EndpointReserved(id, null),
        2 => new Input.EndpointReserved(id, "taken"),
        3 => new Input.SocketFileLost("gone"),
        4 => new Input.Listening(id, ["tcp:127.0.0.1:82"]),
        _ => new Input.Listening(id, ["tcp:127.0.0.1:81"]),
    };

    private static ExitStatus Status(int number) => (number % 5) switch
    {
        0 => ExitStatus.Exited(0),
        1 => ExitStatus.Exited(number % 256),
        2 => ExitStatus.Signaled(9),
        3 => ExitStatus.Signaled(1 + (number % 31)),
        _ => ExitStatus.NotStarted("no such file"),
    };

    /// <summary>Ids of the dead and of the never born, numbers that nobody sent.</summary>
    private static Input Nonsense(ClusterState state, int whom, int number)
    {
        var id = whom % 2 == 0 ? state.LastWorkerId + 1 + whom : whom % (state.LastWorkerId + 1);
        return (number % 12) switch
        {
            0 => new Input.Ready(id),
            1 => new Input.AssignmentConfirmed(id, number % 3 == 0 ? long.MaxValue : number),
            2 => new Input.ReplacementRequested(id, ""),
            3 => new Input.ChannelLost(-id),
            4 => new Input.Exited(-id, Status(number), []),
            5 => new Input.Started(id, -1),
            6 => new Input.Beat(id, IsStalled: number % 2 == 0),
            7 => new Input.WaitingFor(id, ""),
            8 => new Input.Deaf(id, ""),
            9 => new Input.Listening(-id, []),
            10 => new Input.StopsItself(id),
            _ => new Input.Exited(state.LastWorkerId + 1 + whom, Status(number), []),
        };
    }
}
