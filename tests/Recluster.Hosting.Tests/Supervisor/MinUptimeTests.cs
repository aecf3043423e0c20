using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class MinUptimeTests
{
    private static readonly TimeSpan MinUptime = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_reload_commits_only_when_every_new_worker_has_been_ready_for_so_long()
    {
        var cluster = Running(2);
        cluster.Reload(1);
        cluster.Ready(3);
        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Ready(4);
        Assert.Equal(cluster.Now + MinUptime - TimeSpan.FromSeconds(2), cluster.NextDeadline);

        cluster.After(MinUptime - TimeSpan.FromTicks(1));
        Assert.Equal([1L, 2L], cluster.Of(ReclusterWorkerPhase.Active));
        Assert.Equal(cluster.Now + TimeSpan.FromTicks(1), cluster.NextDeadline);
        cluster.After(TimeSpan.FromTicks(1));

        Assert.Equal([3L, 4L], cluster.Of(ReclusterWorkerPhase.Active));
        cluster.ConfirmAll();
        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Fact]
    public void A_new_worker_that_dies_before_its_time_rolls_back()
    {
        var cluster = Running(2);
        cluster.Reload(1);
        cluster.Ready(3);
        cluster.Ready(4);
        cluster.After(TimeSpan.FromSeconds(2));

        cluster.Crash(4);

        Assert.Equal(ReloadStatus.RolledBack, cluster.Answer(1)?.Status);
        Assert.Equal([1L, 2L], cluster.Of(ReclusterWorkerPhase.Active));
        Assert.Equal([3L], cluster.Of(ReclusterWorkerPhase.Draining));
    }

    [Fact]
    public void In_a_roll_each_slot_waits_for_its_own_worker()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { MinUptime = MinUptime, MaxSurge = 1 });
        cluster.Reload(1);
        cluster.Ready(3);
        Assert.Empty(cluster.Starts);

        cluster.After(MinUptime);
        Assert.Equal([2, 1], cluster.SlotGenerations);
        Assert.Equal([(4, 1, 2)], cluster.Starts);
        cluster.Ready(4);
        cluster.ConfirmAll();
        Assert.Null(cluster.Answer(1));
        cluster.After(MinUptime);
        cluster.ConfirmAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Fact]
    public void A_start_and_a_respawn_do_not_wait()
    {
        var cluster = Running(1);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Crash(1);

        cluster.Ready(2);

        Assert.Equal(2, cluster.Active(0));
    }

    private static ClusterDriver Running(int workers) =>
        ClusterDriver.Running(ClusterDriver.Settings(workers) with { MinUptime = MinUptime });
}
