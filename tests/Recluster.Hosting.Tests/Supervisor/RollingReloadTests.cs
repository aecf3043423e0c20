using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class RollingReloadTests
{
    [Fact]
    public void One_new_worker_after_the_other_takes_over_its_slot()
    {
        var cluster = Rolling(3, maxSurge: 1);

        cluster.Reload(1);
        Assert.Equal([(4, 0, 2)], cluster.Starts);
        cluster.Ready(4);
        Assert.Equal(ReclusterWorkerPhase.Active, cluster.Phase(4));
        Assert.Equal([1L], cluster.Of(ReclusterWorkerPhase.Draining));
        Assert.Equal([(5, 1, 2)], cluster.Starts);
        Assert.Equal([2, 1, 1], cluster.SlotGenerations);
        Assert.Equal(1, cluster.State.Generation);
        cluster.Ready(5);
        Assert.Equal([(6, 2, 2)], cluster.Starts);
        cluster.Ready(6);
        Assert.Null(cluster.Answer(1));
        cluster.ConfirmAll();

        Assert.Equal(ReloadStatus.Succeeded, cluster.Answer(1)?.Status);
        Assert.Equal([2, 2, 2], cluster.Answer(1)?.SlotGenerations);
        Assert.Equal(2, cluster.Answer(1)?.Generation);
    }

    [Fact]
    public void Nothing_is_started_beside_the_canary_and_then_as_many_as_MaxSurge_says()
    {
        var cluster = Rolling(5, maxSurge: 2);

        cluster.Reload();
        Assert.Equal([(6, 0, 2)], cluster.Starts);
        cluster.Ready(6);

        Assert.Equal([(7, 1, 2), (8, 2, 2)], cluster.Starts);
        cluster.Ready(8);
        Assert.Equal([(9, 3, 2)], cluster.Starts);
    }

    [Fact]
    public void No_slot_is_without_a_worker_of_its_own_at_any_time()
    {
        var cluster = Rolling(4, maxSurge: 2);
        cluster.Reload(1);

        while (cluster.Starting.FirstOrDefault() is var next and not 0)
        {
            Assert.Equal(4, cluster.Of(ReclusterWorkerPhase.Active).Length);
            Assert.InRange(cluster.Of(ReclusterWorkerPhase.Starting).Length, 1, 2);
            cluster.Ready(next);
        }

        Assert.Equal(4, cluster.Of(ReclusterWorkerPhase.Active).Length);
        cluster.ConfirmAll();
        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    public void With_as_many_as_there_are_slots_all_are_switched_at_once(int maxSurge)
    {
        var cluster = Rolling(3, maxSurge);

        cluster.Reload(1);
        cluster.Ready(4);
        cluster.Ready(5);
        Assert.Equal([1, 1, 1], cluster.SlotGenerations);
        cluster.Ready(6);

        Assert.Equal([2, 2, 2], cluster.SlotGenerations);
    }

    [Fact]
    public void A_canary_that_fails_rolls_back_and_no_slot_has_changed()
    {
        var cluster = Rolling(3, maxSurge: 1);
        cluster.Reload(1);

        cluster.Exit(4, ExitStatus.Exited(1), "bad build");

        Assert.Equal(ReloadStatus.RolledBack, cluster.Answer(1)?.Status);
        Assert.Equal([1, 1, 1], cluster.Answer(1)?.SlotGenerations);
        Assert.Equal(["bad build"], cluster.Answer(1)?.ErrorOutput);
        Assert.Empty(cluster.Starting);
    }

    [Fact]
    public void A_later_failure_stops_the_roll_and_says_which_slot_runs_what()
    {
        var cluster = Rolling(3, maxSurge: 1);
        cluster.Reload(1);
        cluster.Ready(4);
        cluster.Pid(5);

        cluster.Exit(5, ExitStatus.Exited(1), "bad build");

        var answer = cluster.Answer(1)!;
        Assert.Equal(ReloadStatus.Halted, answer.Status);
        Assert.False(answer.Succeeded);
        Assert.Equal([2, 1, 1], answer.SlotGenerations);
        Assert.Equal(1, answer.Generation);
        Assert.Equal(
            "The new worker of slot 1 (pid 1004) ended: exit code 1. The roll stopped there; slots run generations 0: 2, 1: 1, 2: 1.",
            answer.Reason);
        Assert.Equal(["bad build"], answer.ErrorOutput);
        Assert.Equal((2, "0: 2, 1: 1, 2: 1"), Assert.Single(cluster.Events<ClusterEvent.ReloadHalted>()) is var halted
            ? (halted.Generation, halted.Slots)
            : default);
        Assert.Equal([4L, 2L, 3L], new[] { 0, 1, 2 }.Select(slot => cluster.Active(slot)));
        Assert.Empty(cluster.Starting);
        Assert.Equal(ReloadStatus.Halted, cluster.State.LastReload?.Status);
    }

    [Fact]
    public void Those_who_were_ready_beside_the_one_that_failed_are_given_up_too()
    {
        var cluster = ClusterDriver.Running(
            ClusterDriver.Settings(4) with { MaxSurge = 2, MinUptime = TimeSpan.FromSeconds(5) });
        cluster.Reload(1);
        cluster.Ready(5);
        cluster.After(TimeSpan.FromSeconds(5));
        Assert.Equal([2, 1, 1, 1], cluster.SlotGenerations);
        var beside = cluster.Starting;
        Assert.Equal(2, beside.Length);
        cluster.Ready(beside[0]);

        cluster.Crash(beside[1]);

        Assert.Equal(ReloadStatus.Halted, cluster.Answer(1)?.Status);
        Assert.Equal(ReclusterWorkerPhase.Draining, cluster.Phase(beside[0]));
        Assert.Equal([2, 1, 1, 1], cluster.SlotGenerations);
    }

    [Fact]
    public void After_a_halt_each_slot_is_respawned_in_the_generation_that_it_runs()
    {
        var cluster = Rolling(2, maxSurge: 1);
        cluster.Reload();
        cluster.Ready(3);
        cluster.Crash(4);
        cluster.Pass(TimeSpan.FromSeconds(10));

        cluster.Crash(3);
        Assert.Equal([(5, 0, 2)], cluster.Starts);
        cluster.Crash(2);
        Assert.Equal([(6, 1, 1)], cluster.Starts);
    }

    [Fact]
    public void The_next_reload_after_a_halt_brings_all_to_the_newest()
    {
        var cluster = Rolling(3, maxSurge: 1);
        cluster.Reload(1);
        cluster.Ready(4);
        cluster.Crash(5);

        cluster.Reload(2);
        Assert.Equal([(6, 0, 3)], cluster.Starts);
        cluster.ReadyAll();

        Assert.Equal(ReloadStatus.Succeeded, cluster.Answer(2)?.Status);
        Assert.Equal([3, 3, 3], cluster.Answer(2)?.SlotGenerations);
        Assert.Equal(3, cluster.State.Generation);
    }

    [Fact]
    public void A_switched_slot_whose_new_worker_dies_does_not_stop_the_roll()
    {
        var cluster = Rolling(2, maxSurge: 1);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Reload(1);
        cluster.Ready(3);

        cluster.Crash(3);
        cluster.After(TimeSpan.FromSeconds(1));
        cluster.ReadyAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
        Assert.Equal([2, 2], cluster.SlotGenerations);
    }

    [Fact]
    public void A_stop_in_the_middle_of_a_roll_ends_it()
    {
        var cluster = Rolling(2, maxSurge: 1);
        cluster.Reload(1);
        cluster.Ready(3);

        cluster.Stop(TimeSpan.FromSeconds(30));

        Assert.Equal(ReloadStatus.Stopping, cluster.Answer(1)?.Status);
        Assert.Equal([4], cluster.Kills);
    }

    private static ClusterDriver Rolling(int workers, int maxSurge) =>
        ClusterDriver.Running(ClusterDriver.Settings(workers) with { MaxSurge = maxSurge });
}
