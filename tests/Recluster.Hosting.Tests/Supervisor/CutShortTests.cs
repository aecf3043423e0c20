using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Workers that were meant to go, and ended before they had finished what they had.</summary>
public class CutShortTests
{
    public static TheoryData<int?, int?, bool> Ends => new() { { 0, null, false }, { 134, null, true }, { null, 11, true }, { null, 9, true }, { null, null, false } };

    [Theory]
    [MemberData(nameof(Ends))]
    public void A_draining_worker_that_ends_in_another_way_than_by_exit_code_0_was_cut_short(int? code, int? signal, bool expected)
    {
        var cluster = ClusterDriver.Running(1);
        cluster.ReloadToTheEndOfSwitching();
        Assert.Equal([1], cluster.Of(ReclusterWorkerPhase.Draining));

        cluster.Exit(1, new ExitStatus(code, signal));

        Assert.Equal((true, expected), Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()) is var e ? (e.Expected, e.IsCutShort) : default);
    }

    [Fact]
    public void A_draining_worker_that_is_killed_at_DrainTimeout_was_cut_short()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.ReloadToTheEndOfSwitching();

        cluster.After(cluster.State.Settings.DrainTimeout + cluster.State.Settings.KillGrace);
        cluster.Exit(1, ExitStatus.Signaled(9));

        Assert.True(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).IsCutShort);
    }

    [Fact]
    public void In_a_stop_a_worker_that_served_was_cut_short_where_it_is_killed_and_one_that_was_starting_was_not()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Crash(2);
        cluster.After(cluster.State.Settings.RespawnDelay);
        cluster.Stop(TimeSpan.FromSeconds(5));
        cluster.Exit(3, ExitStatus.Signaled(9));
        Assert.False(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).IsCutShort);

        cluster.After(TimeSpan.FromSeconds(5));
        cluster.Exit(1, ExitStatus.Signaled(9));

        Assert.True(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).IsCutShort);
    }
}
