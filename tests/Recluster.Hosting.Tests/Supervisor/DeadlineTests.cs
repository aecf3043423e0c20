using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class DeadlineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_cluster_in_which_nothing_is_due_wants_no_waking()
    {
        Assert.Null(ClusterDriver.Running(4).NextDeadline);
    }

    [Fact]
    public void The_earliest_of_all_deadlines_counts()
    {
        var cluster = ClusterDriver.Running(3);
        cluster.Pass(0.5 * Second);
        cluster.Crash(1); // A respawn at 1 s.
        cluster.Replace(2); // A start that may last until 60.5 s.

        Assert.Equal(Second, cluster.NextDeadline);
        cluster.After(0.5 * Second);
        Assert.Equal(60.5 * Second, cluster.NextDeadline);
    }

    [Fact]
    public void A_slot_that_waits_for_a_place_among_the_starting_ones_wants_no_waking_for_it()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2, maxConcurrentStarts: 1));
        cluster.Pass(10 * Second);
        cluster.Crash(1);
        cluster.Crash(2);

        Assert.Equal(cluster.Now + cluster.State.Settings.StartTimeout, cluster.NextDeadline);
    }

    [Fact]
    public void While_a_reload_is_prepared_respawns_wait_for_its_end_and_not_for_the_clock()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload();
        cluster.Crash(1);

        Assert.Equal(cluster.State.Settings.StartTimeout, cluster.NextDeadline);
    }

    [Fact]
    public void A_stopping_cluster_has_only_its_own_deadline()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Crash(1);
        cluster.Stop(30 * Second);

        Assert.Equal(30 * Second, cluster.NextDeadline);
        cluster.After(30 * Second);
        Assert.Equal(cluster.Now + cluster.State.Settings.KillInterval, cluster.NextDeadline);
        cluster.Exit(2, ExitStatus.Signaled(9));
        Assert.Null(cluster.NextDeadline);
    }

    [Theory]
    [InlineData(3600, 10, 10)]
    [InlineData(4, 10, 4)]
    [InlineData(4, 0, 0)]
    public void A_worker_that_drains_has_the_time_in_which_it_closes_what_is_left_too(int drainTimeout, int closeSpread, int spread)
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(1) with
        {
            DrainTimeout = drainTimeout * Second,
            CloseSpread = closeSpread * Second,
        });
        cluster.Reload();

        cluster.Ready(2);

        Assert.Equal(new Effect.Drain(1, drainTimeout * Second, spread * Second), Assert.Single(cluster.Effects.OfType<Effect.Drain>()));
        Assert.Equal(cluster.Now + ((drainTimeout + spread) * Second) + cluster.State.Settings.KillGrace, cluster.State.Workers[1].Deadline);
    }
}
