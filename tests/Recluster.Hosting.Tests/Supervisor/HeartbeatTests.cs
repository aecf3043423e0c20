using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class HeartbeatTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Half = Timeout / 2;

    [Fact]
    public void A_worker_not_heard_of_for_half_of_it_keeps_its_slot_and_a_sibling_accepts_there_too()
    {
        var cluster = Running(2);
        cluster.Pass(Half - TimeSpan.FromSeconds(1));
        cluster.Beat(1);
        Assert.Equal(cluster.Now + TimeSpan.FromSeconds(1), cluster.NextDeadline);

        cluster.After(TimeSpan.FromSeconds(1));

        Assert.Equal([0, 1], cluster.Assignment(1));
        Assert.Equal([1], cluster.Assignment(2));
        Assert.Empty(cluster.Starts);
        cluster.Beat(2);
        Assert.Equal([0], cluster.Assignment(1));
    }

    [Fact]
    public void One_not_heard_of_for_all_of_it_is_replaced_and_killed_when_its_successor_is_promoted()
    {
        var cluster = Silent(2);

        Assert.Equal([(3, 1, 1)], cluster.Starts);
        Assert.Equal(Timeout, Assert.Single(cluster.Events<ClusterEvent.WorkerUnheard>()).For);
        Assert.Empty(cluster.Kills);
        Assert.Equal(2, cluster.Active(1));
        cluster.Ready(3);

        Assert.Equal([2], cluster.Kills);
        Assert.Equal(3, cluster.Active(1));
        Assert.Equal([1], cluster.Assignment(3));
        cluster.ConfirmAll();
        cluster.Exit(2, ExitStatus.Signaled(9));
        Assert.Empty(cluster.Starts);
        Assert.Contains("HeartbeatTimeout", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_end_after_its_successor_was_promoted_is_expected_and_costs_the_slot_no_delay()
    {
        var cluster = Silent(2);
        cluster.Ready(3);

        cluster.Exit(2, ExitStatus.Signaled(9));

        Assert.True(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Expected);
        Assert.Equal(cluster.State.Settings.RespawnDelay, cluster.State.Slots[1].RespawnDelay);
    }

    [Fact]
    public void A_successor_that_dies_before_the_end_of_the_hung_one_is_seen_is_replaced_without_waiting_for_it()
    {
        var cluster = Silent(2);
        cluster.Ready(3);
        cluster.Beat(1);

        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Crash(3);

        Assert.Equal([(4, 1, 1)], cluster.Starts);
    }

    [Fact]
    public void One_that_hangs_while_it_drains_after_a_replacement_is_expected_to_be_killed()
    {
        var cluster = Running(1);
        cluster.Replace(1);
        cluster.ReadyAll();
        for (var passed = TimeSpan.Zero; passed < Timeout * 2; passed += TimeSpan.FromSeconds(10))
        {
            cluster.Pass(TimeSpan.FromSeconds(10));
            cluster.Beat(2);
        }

        Assert.Equal([1], cluster.Kills);
        cluster.Exit(1, ExitStatus.Signaled(9));

        Assert.True(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Expected);
        Assert.Equal(cluster.State.Settings.RespawnDelay, cluster.State.Slots[0].RespawnDelay);
    }

    [Fact]
    public void One_that_comes_back_to_life_before_its_successor_is_there_drains_in_the_ordinary_way()
    {
        var cluster = Silent(2);
        cluster.Beat(2);
        Assert.Equal([0], cluster.Assignment(1));

        cluster.Ready(3);

        Assert.Empty(cluster.Kills);
        Assert.Equal(ReclusterWorkerPhase.Draining, cluster.Phase(2));
        Assert.Equal([2L], cluster.Effects.OfType<Effect.Drain>().Select(drain => drain.Worker));
    }

    [Fact]
    public void One_whose_successor_does_not_come_is_killed_in_the_end()
    {
        var cluster = Silent(2);
        cluster.Crash(3);

        for (var passed = TimeSpan.Zero; passed < cluster.State.Settings.StartTimeout; passed += TimeSpan.FromSeconds(10))
        {
            Assert.Empty(cluster.Kills);
            cluster.Pass(TimeSpan.FromSeconds(10));
            cluster.Beat(1);
        }

        Assert.Equal([2], cluster.Kills);
        cluster.Exit(2, ExitStatus.Signaled(9));
        Assert.False(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Expected);
    }

    [Fact]
    public void A_single_worker_that_nobody_can_relieve_is_replaced_all_the_same()
    {
        var cluster = Running(1);

        cluster.After(Half);
        Assert.Empty(cluster.Effects);
        cluster.After(Half);
        Assert.Equal([(2, 0, 1)], cluster.Starts);
        cluster.Ready(2);

        Assert.Equal([1], cluster.Kills);
        Assert.Equal([0], cluster.Assignment(2));
    }

    [Fact]
    public void One_that_beats_but_accepts_nothing_while_connections_wait_counts_as_not_heard_of()
    {
        var cluster = Running(2);
        cluster.Pass(Half);
        cluster.Beat(1);

        cluster.Beat(2, isStalled: true);

        Assert.Equal([0, 1], cluster.Assignment(1));
        cluster.Pass(Half);
        cluster.Beat(1);
        cluster.Beat(2, isStalled: true);
        Assert.Equal([3L], cluster.Starting);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_with_a_debugger_attached_is_spared_where_that_is_wanted(bool isStalledAfterIt)
    {
        var cluster = ClusterDriver.Running(Settings(2) with { SpareDebugged = true });
        cluster.Beat(2, isDebugged: true);

        for (var minutes = 0; minutes < 10; minutes++)
        {
            cluster.Pass(Half - TimeSpan.FromSeconds(1));
            cluster.Beat(1);
        }

        Assert.Equal([1], cluster.Assignment(2));
        Assert.Empty(cluster.AllEvents<ClusterEvent.WorkerUnheard>());
        cluster.Beat(2, isStalledAfterIt, isDebugged: false);
        Assert.Empty(cluster.AllEvents<ClusterEvent.WorkerUnheard>());
        cluster.Pass(Timeout);
        cluster.Beat(1);
        Assert.Equal(2, Assert.Single(cluster.AllEvents<ClusterEvent.WorkerUnheard>()).Worker.Id);
    }

    [Fact]
    public void Elsewhere_a_debugger_excuses_nobody()
    {
        var cluster = Running(2);
        cluster.Beat(2, isDebugged: true);

        cluster.Pass(Timeout);
        cluster.Beat(1);

        Assert.Equal([3L], cluster.Starting);
    }

    [Fact]
    public void The_time_for_which_the_master_itself_was_held_up_does_not_count()
    {
        var cluster = Running(2);

        cluster.Pause(Timeout * 2);
        Assert.Empty(cluster.Effects);
        cluster.After(Half - cluster.Now - TimeSpan.FromTicks(1));
        Assert.Empty(cluster.Effects);
        cluster.After(TimeSpan.FromTicks(1));

        Assert.Equal(2, cluster.Of(ReclusterWorkerPhase.Active).Length);
        Assert.Empty(cluster.Starts);
        cluster.After(Half);
        Assert.Equal(2, cluster.Starts.Length);
    }

    [Fact]
    public void A_worker_that_starts_has_StartTimeout_and_need_not_be_heard_of()
    {
        var cluster = Running(1);
        cluster.Reload();

        for (var passed = TimeSpan.Zero; passed < Timeout + TimeSpan.FromSeconds(10); passed += TimeSpan.FromSeconds(10))
        {
            cluster.Pass(TimeSpan.FromSeconds(10));
            cluster.Beat(1);
        }

        Assert.Equal([2L], cluster.Starting);
        Assert.Empty(cluster.AllEffects.OfType<Effect.Kill>());
    }

    [Fact]
    public void A_new_worker_that_falls_silent_before_it_is_promoted_is_killed_and_rolls_its_reload_back()
    {
        var cluster = Running(2);
        cluster.Reload(1);
        cluster.Ready(3);
        cluster.Pass(Timeout);
        cluster.Beat(1);
        Assert.Equal([3], cluster.AllEffects.OfType<Effect.Kill>().Select(kill => (int)kill.Worker));

        cluster.Exit(3, ExitStatus.Signaled(9));

        Assert.Equal(ReloadStatus.RolledBack, cluster.Answer(1)?.Status);
        Assert.Contains("HeartbeatTimeout", cluster.Answer(1)?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_draining_worker_gets_twice_the_time_and_is_killed()
    {
        var cluster = Running(1);
        cluster.Reload();
        cluster.ReadyAll();
        for (var passed = TimeSpan.Zero; passed < Timeout * 2; passed += TimeSpan.FromSeconds(10))
        {
            Assert.Empty(cluster.Kills);
            cluster.Pass(TimeSpan.FromSeconds(10));
            cluster.Beat(2);
        }

        Assert.Equal([1], cluster.Kills);
    }

    [Fact]
    public void Switched_off_nobody_need_be_heard_of()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.After(TimeSpan.FromDays(1));

        Assert.Empty(cluster.Effects);
        Assert.Null(cluster.NextDeadline);
    }

    private static SupervisorSettings Settings(int workers) => ClusterDriver.Settings(workers) with { HeartbeatTimeout = Timeout };

    private static ClusterDriver Running(int workers) => ClusterDriver.Running(Settings(workers));

    /// <summary>A cluster whose worker 2 has just not been heard of for all of the time.</summary>
    private static ClusterDriver Silent(int workers)
    {
        var cluster = Running(workers);
        cluster.Pass(Half);
        cluster.Beat(1);
        cluster.Pass(Half);
        cluster.Beat(1);
        return cluster;
    }

    [Fact]
    public void When_no_worker_is_heard_of_each_keeps_what_it_has()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { HeartbeatTimeout = TimeSpan.FromSeconds(30) });
        cluster.Crash(2);
        cluster.ConfirmAll();
        Assert.Equal([0, 1], cluster.Assignment(1));

        cluster.After(TimeSpan.FromSeconds(0.9));
        cluster.After(TimeSpan.FromSeconds(15));

        Assert.Equal([0, 1], cluster.Assignment(1));
    }
}
