using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class KillTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeartbeatTimeout = 4 * Second;

    [Fact]
    public void A_kill_is_repeated_until_the_exit_is_seen()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Terminate();
        Assert.Equal([1], cluster.Kills);

        cluster.After(1.9 * Second);
        Assert.Empty(cluster.Kills);
        cluster.After(0.1 * Second);
        Assert.Equal([1], cluster.Kills);
        cluster.After(2 * Second);
        Assert.Equal([1], cluster.Kills);
        cluster.Exit(1, ExitStatus.Signaled(9));

        cluster.After(2 * Second);
        Assert.Empty(cluster.Kills);
        Assert.Single(cluster.AllEvents<ClusterEvent.WorkerExited>());
        Assert.Null(cluster.NextDeadline);
    }

    [Fact]
    public void A_stop_goes_on_without_a_worker_that_cannot_be_killed_and_names_it()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pid(1);
        cluster.Stop(5 * Second);
        cluster.Exit(2, ExitStatus.Exited(0));

        cluster.After(5 * Second);
        KillInVain(cluster, 1);

        Assert.Equal([new Effect.GiveUp(1)], cluster.Effects.OfType<Effect.GiveUp>());
        Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>());
        var told = Assert.Single(cluster.AllEvents<ClusterEvent.WorkerNotKilled>());
        Assert.Equal(
            (cluster.AllEvents<ClusterEvent.WorkerStarted>()[^1].Worker.ProcessId, "killed, the cluster was stopping; it is still there 10 s after SIGKILL", null),
            (told.Worker.ProcessId, told.Cause, told.RespawnIn));
        cluster.Exit(1, ExitStatus.Signaled(9));
        Assert.Empty(cluster.Effects);
    }

    [Fact]
    public void The_slot_of_a_worker_that_cannot_be_killed_gets_another()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Pass(20 * Second);
        cluster.LoseChannel(1);
        cluster.After(cluster.State.Settings.KillGrace);
        Assert.Empty(cluster.Starts);

        KillInVain(cluster, 1);

        Assert.Equal(TimeSpan.Zero, Assert.Single(cluster.Events<ClusterEvent.WorkerNotKilled>()).RespawnIn);
        Assert.Empty(cluster.AllEvents<ClusterEvent.WorkerExited>());
        Assert.Equal([(2, 0, 1)], cluster.Starts);
    }

    [Fact]
    public void A_reload_is_rolled_back_whose_worker_cannot_be_killed()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);
        cluster.After(cluster.State.Settings.StartTimeout);
        Assert.Equal([3], cluster.Kills);

        KillInVain(cluster, 3);

        var answer = cluster.Answer(1);
        Assert.Equal(ReloadStatus.RolledBack, answer?.Status);
        Assert.Contains("it is still there 10 s after SIGKILL", answer?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_of_several_that_cannot_be_killed_ends_the_stop()
    {
        var cluster = ClusterDriver.Running(3);

        cluster.Terminate();
        for (var passed = TimeSpan.Zero; passed < cluster.State.Settings.KillPatience; passed += 2 * Second)
        {
            Assert.Empty(cluster.AllEffects.OfType<Effect.ReportStopped>());
            cluster.After(2 * Second);
        }

        Assert.Equal(3, cluster.Events<ClusterEvent.WorkerNotKilled>().Length);
        Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>());
        Assert.Null(cluster.NextDeadline);
    }

    [Fact]
    public void A_hung_worker_is_killed_when_its_dump_is_there()
    {
        var cluster = Dumping();

        Assert.Empty(cluster.Kills);
        cluster.Do(new Input.DumpEnded(2));

        Assert.Equal([2], cluster.Kills);
        cluster.Do(new Input.DumpEnded(2));
        Assert.Empty(cluster.Effects);
        cluster.After(cluster.State.Settings.KillInterval);
        Assert.Equal([2], cluster.Kills);
    }

    [Fact]
    public void A_dump_that_takes_longer_than_its_bound_does_not_hold_up_the_kill()
    {
        var cluster = Dumping();

        BeatFor(cluster, 29 * Second);
        Assert.Empty(AllKills(cluster));
        BeatFor(cluster, Second);

        Assert.Equal([2], AllKills(cluster));
    }

    [Fact]
    public void A_dump_that_could_not_be_begun_does_not_hold_up_the_kill()
    {
        var cluster = Dumping();

        cluster.Do(new Input.EffectFailed(new Effect.Dump(2), "a defect"));

        Assert.Equal([2], cluster.Kills);
    }

    [Fact]
    public void A_dump_does_not_hold_up_a_stop_beyond_its_time()
    {
        var cluster = Dumping();

        cluster.Stop(5 * Second);
        Assert.Empty(cluster.Kills);
        cluster.Exit(1, ExitStatus.Exited(0));
        cluster.Exit(3, ExitStatus.Exited(0));
        cluster.After(5 * Second);

        Assert.Equal([2], cluster.Kills);
    }

    [Fact]
    public void A_dump_does_not_hold_up_a_stop_at_once()
    {
        var cluster = Dumping();

        cluster.Terminate();

        Assert.Contains(2, cluster.Kills);
    }

    [Fact]
    public void A_draining_worker_that_hangs_is_killed_at_its_deadline_though_a_dump_of_it_is_written()
    {
        var cluster = ClusterDriver.Running(Settings() with { DrainTimeout = HeartbeatTimeout * 2 });
        cluster.Reload();
        cluster.ReadyAll();
        BeatFor(cluster, HeartbeatTimeout * 2);
        Assert.Equal([new Effect.Dump(1), new Effect.Dump(2)], cluster.AllEffects.OfType<Effect.Dump>());
        Assert.Empty(AllKills(cluster));

        BeatFor(cluster, cluster.State.Settings.KillGrace);

        Assert.Equal([1, 2], AllKills(cluster));
    }

    [Fact]
    public void A_worker_that_stops_itself_has_no_more_time_than_the_cluster_when_that_stops()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));
        cluster.StopItself(1);

        cluster.Stop(5 * Second);
        cluster.After(5 * Second);

        Assert.Equal([1], cluster.Kills);
    }

    [Theory]
    [InlineData(KillReasonsWithoutDump.StartTimeout)]
    [InlineData(KillReasonsWithoutDump.Terminated)]
    [InlineData(KillReasonsWithoutDump.LostChannel)]
    public void One_that_is_killed_for_another_reason_is_not_dumped(KillReasonsWithoutDump reason)
    {
        var cluster = ClusterDriver.Started(Settings());
        if (reason == KillReasonsWithoutDump.LostChannel)
        {
            cluster.LoseChannel(1);
        }
        else if (reason == KillReasonsWithoutDump.Terminated)
        {
            cluster.Terminate();
        }

        cluster.After(cluster.State.Settings.StartTimeout);

        Assert.Contains(1, AllKills(cluster));
        Assert.Empty(cluster.AllEffects.OfType<Effect.Dump>());
    }

    public enum KillReasonsWithoutDump
    {
        StartTimeout,
        Terminated,
        LostChannel,
    }

    private static SupervisorSettings Settings() =>
        ClusterDriver.Settings(2) with { HeartbeatTimeout = HeartbeatTimeout, HangDumpTimeout = 30 * Second };

    /// <summary>Worker 2 hangs, worker 3 serves in its place, and a dump of 2 has just begun.</summary>
    private static ClusterDriver Dumping()
    {
        var cluster = ClusterDriver.Running(Settings());
        BeatFor(cluster, HeartbeatTimeout);
        cluster.Ready(3);
        Assert.Equal([new Effect.Dump(2)], cluster.Effects.OfType<Effect.Dump>());
        return cluster;
    }

    private static IEnumerable<long> AllKills(ClusterDriver cluster) => cluster.AllEffects.OfType<Effect.Kill>().Select(kill => kill.Worker);

    private static void BeatFor(ClusterDriver cluster, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Second)
        {
            cluster.Pass(Second);
            long[] living = [.. cluster.State.Workers.Values.Where(worker => worker is { Id: not 2, Phase: not ReclusterWorkerPhase.Draining })
                .Select(worker => worker.Id)];
            Array.ForEach(living, worker => cluster.Beat(worker));
        }
    }

    /// <summary>From the first kill, which has just been sent.</summary>
    private static void KillInVain(ClusterDriver cluster, long worker)
    {
        var settings = cluster.State.Settings;
        for (var passed = settings.KillInterval; passed < settings.KillPatience; passed += settings.KillInterval)
        {
            cluster.After(settings.KillInterval);
            Assert.Equal([worker], cluster.Kills);
        }

        cluster.After(settings.KillInterval);
        Assert.Empty(cluster.Kills);
    }
}
