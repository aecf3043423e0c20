using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class StartFailureTests
{
    [Fact]
    public void A_slot_that_fails_is_tried_again_with_backoff_until_it_has_failed_so_often()
    {
        var cluster = Started(1);

        cluster.Crash(1);
        Assert.Equal(ClusterPhase.Starting, cluster.State.Phase);
        cluster.After(TimeSpan.FromSeconds(1));
        Assert.Equal([(2, 0, 1)], cluster.Starts);
        cluster.Crash(2);
        cluster.After(TimeSpan.FromSeconds(2));
        Assert.Equal([(3, 0, 1)], cluster.Starts);
        cluster.Exit(3, ExitStatus.Exited(7), "the third");

        var failure = Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>()).Failure;
        Assert.Contains("exit code 7", failure?.Reason, StringComparison.Ordinal);
        Assert.Equal(["the third"], failure?.ErrorOutput);
    }

    [Fact]
    public void One_that_gets_ready_in_the_end_lets_the_start_succeed()
    {
        var cluster = Started(2);
        cluster.Crash(1);
        cluster.After(TimeSpan.FromSeconds(1));
        cluster.Crash(3);
        cluster.After(TimeSpan.FromSeconds(2));

        cluster.ReadyAll();

        Assert.Single(cluster.AllEffects.OfType<Effect.ReportStarted>());
        Assert.Equal([4L, 2L], new[] { 0, 1 }.Select(slot => cluster.Active(slot)));
    }

    [Fact]
    public void The_failures_of_different_slots_do_not_add_up()
    {
        var cluster = Started(3);

        foreach (var worker in new long[] { 1, 2, 3 })
        {
            cluster.Crash(worker);
        }

        Assert.Equal(ClusterPhase.Starting, cluster.State.Phase);
        cluster.After(TimeSpan.FromSeconds(1));
        cluster.ReadyAll();
        Assert.Equal(ClusterPhase.Running, cluster.State.Phase);
    }

    [Fact]
    public void Once_it_serves_no_number_of_deaths_ends_the_cluster()
    {
        var cluster = Started(1);
        cluster.ReadyAll();

        for (var death = 0; death < 10; death++)
        {
            cluster.Crash(cluster.State.Workers.Keys.Single());
            cluster.After(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(ClusterPhase.Running, cluster.State.Phase);
        Assert.Single(cluster.Starting);
    }

    [Fact]
    public void A_worker_that_is_not_ready_in_time_is_not_given_the_same_time_again()
    {
        var cluster = Started(1);

        cluster.After(cluster.State.Settings.StartTimeout);
        cluster.Exit(1, ExitStatus.Signaled(9));

        Assert.Equal(ClusterPhase.Stopped, cluster.State.Phase);
    }

    private static ClusterDriver Started(int workers) =>
        ClusterDriver.Started(ClusterDriver.Settings(workers) with { MaxStartFailures = 3 });
}
