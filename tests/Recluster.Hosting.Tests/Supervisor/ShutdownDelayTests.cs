using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>A cluster that is going to stop serves as ever until then, and begins nothing new.</summary>
public class ShutdownDelayTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(10);

    [Fact]
    public void The_stop_is_announced_at_once_and_begins_when_the_delay_is_over_with_all_of_its_time()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.Stop(Timeout, Delay);

        Assert.Equal([new Effect.Notify(new ClusterEvent.StopAnnounced(Delay, Timeout))], cluster.Effects);
        Assert.True(cluster.State.IsStopping);
        Assert.Equal(Delay, cluster.NextDeadline);
        Assert.Empty(cluster.After(Delay - TimeSpan.FromTicks(1)));
        cluster.After(TimeSpan.FromTicks(1));

        Assert.Equal(
            [
                new Effect.Notify(new ClusterEvent.Stopping(2, Timeout, WasAnnounced: true)),
                new Effect.CloseSockets(),
                new Effect.Stop(1, 0.9 * Timeout),
                new Effect.Stop(2, 0.9 * Timeout),
            ],
            cluster.Effects);
        Assert.Equal(Delay + Timeout, cluster.NextDeadline);
    }

    [Fact]
    public void Who_dies_meanwhile_is_covered_and_replaced()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Stop(Timeout, Delay);

        cluster.Crash(2);

        Assert.Equal([0, 1], cluster.Assignment(1));
        Assert.Equal([(3, 1, 1)], cluster.Starts);
        cluster.ReadyAll();
        Assert.Equal(3, cluster.Active(1));
    }

    [Fact]
    public void A_worker_that_asks_for_its_replacement_gets_it()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Stop(Timeout, Delay);

        cluster.Replace(1);
        cluster.ReadyAll();

        Assert.Equal(2, cluster.Active(0));
    }

    [Fact]
    public void Reload_and_scaling_are_refused()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Stop(Timeout, Delay);

        cluster.Reload(1);
        cluster.Reload();
        cluster.Scale(3, 2);
        cluster.ScaleBy(1);

        Assert.Equal(ReloadStatus.Stopping, cluster.Answer(1)?.Status);
        Assert.Equal(ScaleStatus.Stopping, cluster.ScaleAnswer(2)?.Status);
        Assert.Equal(2, cluster.State.Slots.Length);
        Assert.Empty(cluster.Starting);
    }

    [Fact]
    public void A_reload_that_runs_may_end_and_one_that_waits_for_it_is_refused()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.Reload(2);
        cluster.Scale(2, 3);

        cluster.Stop(Timeout, Delay);
        Assert.Equal((ReloadStatus.Stopping, ScaleStatus.Stopping), (cluster.Answer(2)?.Status, cluster.ScaleAnswer(3)?.Status));
        Assert.Null(cluster.Answer(1));
        cluster.ReadyAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
        Assert.Equal(2, cluster.Active(0));
    }

    [Fact]
    public void One_that_does_not_end_in_time_is_cut_short()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.Stop(Timeout, Delay);

        cluster.After(Delay);

        Assert.Equal(ReloadStatus.Stopping, cluster.Answer(1)?.Status);
        Assert.Equal([2], cluster.Kills);
    }

    [Fact]
    public void A_second_stop_skips_the_rest_of_the_delay()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Stop(Timeout, Delay);
        cluster.Pass(TimeSpan.FromSeconds(1));

        cluster.Stop(Timeout);

        Assert.Equal([new Effect.Stop(1, 0.9 * Timeout)], cluster.Effects.OfType<Effect.Stop>());
        Assert.Equal(cluster.Now + Timeout, cluster.NextDeadline);
        Assert.Single(cluster.AllEffects.OfType<Effect.CloseSockets>());
    }

    [Fact]
    public void A_second_stop_with_a_delay_of_its_own_does_not_prolong_the_first()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Stop(Timeout, Delay);
        cluster.Pass(TimeSpan.FromSeconds(1));

        cluster.Stop(2 * Timeout, Delay);

        Assert.Empty(cluster.Effects);
        Assert.Equal(Delay, cluster.NextDeadline);
        cluster.After(Delay - TimeSpan.FromSeconds(1));
        Assert.Equal([new Effect.Stop(1, 0.9 * Timeout)], cluster.Effects.OfType<Effect.Stop>());
    }

    [Fact]
    public void When_the_host_has_no_patience_left_all_are_killed()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Stop(Timeout, Delay);

        cluster.Stop(TimeSpan.Zero);

        Assert.Equal([1, 2], cluster.Kills);
    }

    [Fact]
    public void A_terminate_does_not_wait_for_it()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Stop(Timeout, Delay);

        cluster.Terminate();

        Assert.Equal([1], cluster.Kills);
        cluster.Exit(1, ExitStatus.Signaled(9));
        Assert.Equal(ClusterPhase.Stopped, cluster.State.Phase);
        Assert.Null(cluster.NextDeadline);
    }

    [Fact]
    public void A_cluster_that_does_not_serve_yet_stops_at_once()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));

        cluster.Stop(Timeout, Delay);

        Assert.Equal([1], cluster.Kills);
        Assert.Empty(cluster.AllEvents<ClusterEvent.StopAnnounced>());
    }
}
