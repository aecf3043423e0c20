using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class ReloadTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_reload_starts_its_canary_alone_though_more_could_start()
    {
        var cluster = ClusterDriver.Running(4);

        cluster.Reload(1);

        Assert.Equal([(5, 0, 2)], cluster.Starts);
        Assert.Equal(2, Assert.Single(cluster.Events<ClusterEvent.ReloadBegun>()).Generation);
        cluster.Tick();
        Assert.Empty(cluster.Starts);
    }

    [Fact]
    public void Once_the_canary_is_ready_the_others_start_as_many_as_may_start_together()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(4, maxConcurrentStarts: 2));
        cluster.Reload(1);

        cluster.Ready(5);

        Assert.Equal([(6, 1, 2), (7, 2, 2)], cluster.Starts);
        Assert.Equal(ReclusterWorkerPhase.Standby, cluster.Phase(5));
        cluster.Ready(7);
        Assert.Equal([(8, 3, 2)], cluster.Starts);
    }

    [Fact]
    public void Until_every_slot_has_a_ready_successor_the_old_generation_serves_alone()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);

        cluster.Ready(3);

        Assert.Equal([1, 2], cluster.Of(ReclusterWorkerPhase.Active));
        Assert.Equal(1, cluster.State.Generation);
        Assert.Empty(cluster.Effects.OfType<Effect.Assign>());
    }

    [Fact]
    public void The_commit_promotes_the_new_then_takes_the_sockets_from_the_old_and_only_then_lets_them_drain()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);
        cluster.Ready(3);

        cluster.Ready(4);

        Assert.Equal(
            ["assign 3: 0", "assign 4: 1", "assign 1: ", "assign 2: ", "drain 1", "drain 2"],
            cluster.Effects.Select(effect => effect switch
            {
                Effect.Assign e => $"assign {e.Worker}: {string.Join(',', e.Slots)}",
                Effect.Drain e => $"drain {e.Worker}",
                _ => null,
            }).OfType<string>());
        Assert.Equal(2, cluster.State.Generation);
        Assert.All(cluster.Effects.OfType<Effect.Drain>(), drain => Assert.Equal(cluster.State.Settings.DrainTimeout, drain.Timeout));
    }

    [Fact]
    public void The_answer_waits_until_everybody_has_confirmed()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(7);
        cluster.Ready(3);
        cluster.Pass(2 * Second);
        cluster.Ready(4);
        cluster.Confirm(3);
        cluster.Confirm(4);
        cluster.Confirm(1);
        Assert.Null(cluster.Answer(7));

        cluster.Confirm(2);

        Assert.Equivalent(
            new ReloadResult { Status = ReloadStatus.Succeeded, Generation = 2, Duration = 2 * Second }, cluster.Answer(7));
        Assert.Equal(new ClusterEvent.ReloadDone(2, 2, 2 * Second) { Result = cluster.Answer(7) }, Assert.Single(cluster.Events<ClusterEvent.ReloadDone>()));
    }

    [Fact]
    public void A_reload_whose_switch_is_never_confirmed_is_answered_after_SwitchTimeout()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(7);
        cluster.Ready(2);
        Assert.Equal(cluster.State.Settings.SwitchTimeout, cluster.NextDeadline);

        cluster.After(cluster.State.Settings.SwitchTimeout - TimeSpan.FromTicks(1));
        Assert.Null(cluster.Answer(7));
        cluster.After(TimeSpan.FromTicks(1));

        Assert.True(cluster.Answer(7)?.Succeeded);
        Assert.Null(cluster.State.Reload);
    }

    [Fact]
    public void An_old_worker_that_exits_instead_of_confirming_does_not_hold_the_answer_back()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(7);
        cluster.Ready(2);
        cluster.Confirm(2);
        Assert.Null(cluster.Answer(7));

        cluster.Exit(1, ExitStatus.Exited(0));

        Assert.True(cluster.Answer(7)?.Succeeded);
    }

    [Fact]
    public void A_draining_worker_that_is_still_there_after_DrainTimeout_and_a_grace_is_killed()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload();
        cluster.ReadyAll();
        Assert.Equal(ReclusterWorkerPhase.Draining, cluster.Phase(1));
        Assert.Equal(cluster.State.Settings.DrainTimeout + cluster.State.Settings.KillGrace, cluster.NextDeadline);

        cluster.After(cluster.NextDeadline!.Value - cluster.Now);
        Assert.Equal([1], cluster.Kills);
        cluster.Exit(1, ExitStatus.Signaled(9));

        var exited = Assert.Single(cluster.Events<ClusterEvent.WorkerExited>());
        Assert.True(exited.Expected);
        Assert.Contains("DrainTimeout", exited.Cause, StringComparison.Ordinal);
        Assert.Empty(cluster.Starts);
    }

    [Fact]
    public void An_old_worker_that_ends_while_it_drains_is_expected_to_however_it_ends()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload();
        cluster.ReadyAll();

        cluster.Crash(1);

        Assert.True(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Expected);
        Assert.Empty(cluster.Starts);
    }

    [Fact]
    public void A_draining_worker_that_loses_its_channel_is_left_to_finish()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload();
        cluster.ReadyAll();

        cluster.LoseChannel(1);

        Assert.Empty(cluster.Kills);
        Assert.Equal(ReclusterWorkerPhase.Draining, cluster.Phase(1));
    }

    [Fact]
    public void Generation_numbers_grow_by_one_with_each_reload()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.ReloadToTheEnd(1);
        cluster.ReloadToTheEnd(2);

        Assert.Equal([2, 3], [cluster.Answer(1)!.Generation, cluster.Answer(2)!.Generation]);
        Assert.All(cluster.State.Workers.Values, worker => Assert.Equal(3, worker.Generation));
    }

    [Fact]
    public void A_reload_forgives_the_deaths_of_the_generation_before()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Crash(1);
        cluster.After(Second);
        cluster.Crash(3);
        Assert.Equal(4 * Second, cluster.State.Slots[0].RespawnDelay);

        cluster.ReloadToTheEnd();

        Assert.Equal(Second, cluster.State.Slots[0].RespawnDelay);
    }

    [Fact]
    public void An_old_worker_that_dies_during_a_reload_is_covered_and_succeeded_by_the_new_generation_alone()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);
        cluster.Reload(1);

        cluster.Crash(2);
        Assert.Empty(cluster.Starts);
        Assert.Equal([0, 1], cluster.Assignment(1));
        cluster.ReadyAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
        Assert.Equal([3, 4], cluster.Of(ReclusterWorkerPhase.Active));
    }

    [Fact]
    public void A_respawn_of_the_old_generation_that_becomes_ready_during_a_reload_serves_until_the_commit()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);
        cluster.Crash(2);
        cluster.Reload(1);
        Assert.Equal([3, 4], cluster.Starting);

        cluster.Ready(3);
        Assert.Equal(3, cluster.Active(1));
        cluster.ReadyAll();

        Assert.Equal(ReclusterWorkerPhase.Draining, cluster.Phase(3));
        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Fact]
    public void A_respawn_of_the_old_generation_that_is_still_starting_at_the_commit_is_killed_and_not_missed()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Pass(10 * Second);
        cluster.Crash(1);
        cluster.Reload(1);

        cluster.Ready(3);

        Assert.Equal([2], cluster.Kills);
        cluster.ConfirmAll();
        cluster.Exit(2, ExitStatus.Signaled(9));
        Assert.True(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Expected);
        Assert.Empty(cluster.Starts);
        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Fact]
    public void A_ready_worker_of_another_generation_is_no_successor_in_a_reload()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);
        cluster.Crash(2);
        cluster.Reload(1);
        cluster.Ready(4);

        cluster.Ready(3);

        Assert.Equal(1, cluster.State.Generation);
        Assert.Null(cluster.Answer(1));
    }

    [Fact]
    public void A_new_worker_that_dies_after_the_commit_is_respawned_and_rolls_nothing_back()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);
        cluster.Ready(3);
        cluster.Ready(4);
        cluster.Pass(10 * Second);

        cluster.Crash(4);

        Assert.Equal([(5, 1, 2)], cluster.Starts);
        Assert.Empty(cluster.AllEvents<ClusterEvent.ReloadRolledBack>());
        cluster.ReadyAll();
        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Fact]
    public void An_old_worker_killed_before_the_commit_whose_exit_is_seen_after_it_costs_its_successors_no_delay()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.LoseChannel(1);
        cluster.ReadyAll();

        cluster.Exit(1, ExitStatus.Signaled(9));

        Assert.Equal(cluster.State.Settings.RespawnDelay, cluster.State.Slots[0].RespawnDelay);
    }
}
