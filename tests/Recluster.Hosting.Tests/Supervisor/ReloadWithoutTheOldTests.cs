using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>All old workers die while a reload is being prepared: whoever is ready first serves.</summary>
public class ReloadWithoutTheOldTests
{
    private static readonly TimeSpan MinUptime = TimeSpan.FromSeconds(5);

    [Fact]
    public void The_first_new_worker_that_is_ready_serves_every_slot_at_once()
    {
        var cluster = Running(3);
        cluster.Reload(1);
        cluster.Crash(1);
        cluster.Crash(2);
        cluster.Crash(3);

        cluster.Ready(4);

        Assert.Equal([0, 1, 2], cluster.Assignment(4));
        Assert.Equal([2, 1, 1], cluster.SlotGenerations);
    }

    [Fact]
    public void Those_who_are_ready_already_serve_when_the_last_of_the_old_dies()
    {
        var cluster = Running(3);
        cluster.Reload(1);
        cluster.Ready(4);
        cluster.Ready(5);
        cluster.Crash(1);
        cluster.Crash(2);
        Assert.Equal([3L], cluster.Of(ReclusterWorkerPhase.Active));

        cluster.LoseChannel(3);

        Assert.Equal([4L, 5L], cluster.Of(ReclusterWorkerPhase.Active));
        Assert.Equal([0, 2], cluster.Assignment(4));
    }

    [Fact]
    public void With_one_worker_MinUptime_does_not_keep_the_new_one_from_serving()
    {
        var cluster = Running(1);
        cluster.Reload(1);
        cluster.Ready(2);
        Assert.Equal(ReclusterWorkerPhase.Standby, cluster.Phase(2));

        cluster.Crash(1);
        cluster.ConfirmAll();

        Assert.Equal(2, cluster.Active(0));
        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Fact]
    public void The_others_follow_as_each_has_been_up_for_MinUptime_and_the_reload_succeeds()
    {
        var cluster = Running(3);
        cluster.Reload(1);
        cluster.Crash(1);
        cluster.Crash(2);
        cluster.Crash(3);
        cluster.Ready(4);
        cluster.Ready(5);
        Assert.Equal(ReclusterWorkerPhase.Standby, cluster.Phase(5));

        cluster.After(MinUptime);
        Assert.Equal([2, 2, 1], cluster.SlotGenerations);
        cluster.Ready(6);
        cluster.After(MinUptime);
        cluster.ConfirmAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
        Assert.Equal(2, cluster.State.Generation);
    }

    [Fact]
    public void A_respawn_that_was_under_way_and_comes_later_does_not_hold_the_reload_up()
    {
        var cluster = Running(2);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Crash(1);
        cluster.Crash(2);
        cluster.Reload(1);
        Assert.Equal([3L, 4L, 5L], cluster.Starting);
        cluster.Ready(5);
        Assert.Equal([2, 1], cluster.SlotGenerations);

        cluster.Ready(4);
        Assert.Equal(4, cluster.Active(1));
        cluster.After(MinUptime);
        cluster.ReadyAll();
        cluster.After(MinUptime);
        cluster.ConfirmAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Fact]
    public void A_failure_behind_the_first_halts_the_reload_and_leaves_that_one_serving()
    {
        var cluster = Running(2);
        cluster.Reload(1);
        cluster.Crash(1);
        cluster.Crash(2);
        cluster.Ready(3);
        Assert.Equal([4L], cluster.Starting);

        cluster.Crash(4);

        Assert.Equal(ReloadStatus.Halted, cluster.Answer(1)?.Status);
        Assert.Equal([2, 1], cluster.Answer(1)?.SlotGenerations);
        Assert.Equal([0, 1], cluster.Assignment(3));
        cluster.After(TimeSpan.FromSeconds(1));
        Assert.Equal(1, cluster.State.Workers[cluster.Starting.Single()].Slot);
    }

    private static ClusterDriver Running(int workers) =>
        ClusterDriver.Running(ClusterDriver.Settings(workers) with { MinUptime = MinUptime });
}
