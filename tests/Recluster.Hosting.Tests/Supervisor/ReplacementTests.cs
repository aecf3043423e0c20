using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class ReplacementTests
{
    [Fact]
    public void A_worker_that_asks_for_it_serves_until_its_replacement_is_promoted_and_then_drains()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.Replace(1);
        Assert.Equal([(3, 0, 1)], cluster.Starts);
        Assert.Equal("SIGTERM received", Assert.Single(cluster.Events<ClusterEvent.ReplacementRequested>()).Reason);
        Assert.Equal(ReclusterWorkerPhase.Active, cluster.Phase(1));
        cluster.Ready(3);

        Assert.Equal(
            [new Effect.Assign(3, 4, [0]).ToString(), new Effect.Assign(1, 5, []).ToString(), "drain 1"],
            cluster.Effects.Where(effect => effect is Effect.Assign or Effect.Drain)
                .Select(effect => effect is Effect.Drain drain ? $"drain {drain.Worker}" : effect.ToString()));
        cluster.Exit(1, ExitStatus.Exited(0));
        Assert.Empty(cluster.Starts);
    }

    [Fact]
    public void Asking_twice_starts_one_replacement()
    {
        var cluster = ClusterDriver.Running(1);

        cluster.Replace(1);
        cluster.Replace(1);

        Assert.Equal([2], cluster.Starting);
        Assert.Empty(cluster.Effects);
    }

    [Fact]
    public void A_replacement_that_dies_is_started_again_and_the_worker_that_asked_goes_on_serving()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Replace(1);

        cluster.Crash(2);
        Assert.Equal(1, cluster.Active(0));
        cluster.After(TimeSpan.FromSeconds(1));
        cluster.ReadyAll();

        Assert.Equal(3, cluster.Active(0));
        Assert.Equal(ReclusterWorkerPhase.Draining, cluster.Phase(1));
    }

    [Fact]
    public void A_worker_that_asked_and_dies_before_its_replacement_is_ready_is_not_replaced_twice()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Replace(1);

        cluster.Crash(1);

        Assert.Equal([3], cluster.Starting);
        Assert.Equal([0, 1], cluster.Assignment(2));
    }

    [Fact]
    public void A_worker_that_asks_before_it_is_ready_is_replaced_once_it_serves()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Crash(1);
        cluster.Replace(2);
        Assert.Empty(cluster.Starts);

        cluster.Ready(2);

        Assert.Equal([(3, 0, 1)], cluster.Starts);
    }

    [Fact]
    public void A_worker_that_asks_during_a_reload_is_replaced_by_the_reload()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);

        cluster.Replace(1);
        Assert.Empty(cluster.Starts);
        cluster.ReadyAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
        Assert.Empty(cluster.Starting);
    }

    [Fact]
    public void A_worker_that_asks_during_a_reload_that_is_rolled_back_is_replaced_after_it()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);
        cluster.Replace(2);

        cluster.Crash(3);

        Assert.Equal([(4, 1, 1)], cluster.Starts);
    }

    [Fact]
    public void A_worker_that_drains_already_needs_no_replacement()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload();
        cluster.ReadyAll();

        cluster.Replace(1);

        Assert.Empty(cluster.Effects);
    }
}
