using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class StopTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public void Workers_are_told_to_stop_within_nine_tenths_of_the_time_and_the_starting_ones_are_killed()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Crash(2);

        cluster.Stop(Timeout);

        Assert.Equal(new Effect.Stop(1, 0.9 * Timeout), Assert.Single(cluster.Effects.OfType<Effect.Stop>()));
        Assert.Equal([3], cluster.Kills);
        Assert.Equal(new ClusterEvent.Stopping(2, Timeout), Assert.Single(cluster.Events<ClusterEvent.Stopping>()));
        var closed = cluster.Effects.ToList().FindIndex(effect => effect is Effect.CloseSockets);
        Assert.InRange(closed, 0, cluster.Effects.ToList().FindIndex(effect => effect is Effect.Stop));
    }

    [Fact]
    public void Standby_and_draining_workers_are_told_too()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload();
        cluster.ReadyAll();
        cluster.Reload();
        cluster.Ready(5);
        Assert.Equal([5], cluster.Of(ReclusterWorkerPhase.Standby));

        cluster.Stop(Timeout);

        Assert.Equal([1, 2, 3, 4, 5], cluster.Effects.OfType<Effect.Stop>().Select(stop => stop.Worker));
    }

    [Fact]
    public void Stopped_is_reported_without_a_failure_when_the_last_worker_has_gone()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Stop(Timeout);

        cluster.Exit(1, ExitStatus.Exited(0));
        Assert.Empty(cluster.Effects.OfType<Effect.ReportStopped>());
        cluster.Exit(2, ExitStatus.Signaled(15));

        Assert.Null(Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>()).Failure);
        Assert.True(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Expected);
    }

    [Fact]
    public void Who_is_still_there_when_the_time_is_over_is_killed()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Stop(Timeout);
        cluster.Exit(1, ExitStatus.Exited(0));

        Assert.Equal(Timeout, cluster.NextDeadline);
        cluster.After(Timeout);

        Assert.Equal([2], cluster.Kills);
        cluster.Exit(2, ExitStatus.Signaled(9));
        Assert.Equal("killed, the cluster was stopping", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause);
        Assert.Equal(ClusterPhase.Stopped, cluster.State.Phase);
    }

    [Fact]
    public void A_stop_without_time_kills_at_once()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.Stop(TimeSpan.Zero);

        Assert.Equal([1, 2], cluster.Kills);
    }

    [Fact]
    public void A_second_stop_changes_nothing()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Stop(Timeout);

        cluster.Stop(TimeSpan.FromHours(1));

        Assert.Empty(cluster.Effects);
        Assert.Equal(Timeout, cluster.NextDeadline);
    }

    [Fact]
    public void A_terminate_kills_everybody_at_once()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);

        cluster.Terminate();

        Assert.Equal([1, 2, 3], cluster.Kills);
        foreach (var worker in new long[] { 1, 2, 3 })
        {
            cluster.Exit(worker, ExitStatus.Signaled(9));
            Assert.Equal("killed by TerminateAsync", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause);
        }

        Assert.Null(Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>()).Failure);
    }

    [Fact]
    public void A_terminate_cuts_a_stop_short()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Stop(Timeout);

        cluster.Terminate();

        Assert.Equal([1, 2], cluster.Kills);
    }

    [Fact]
    public void A_stop_during_the_start_is_no_failure()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(2));
        cluster.Ready(1);

        cluster.Stop(Timeout);
        Assert.Equal([2], cluster.Kills);
        cluster.Exit(2, ExitStatus.Signaled(9));
        cluster.Exit(1, ExitStatus.Exited(0));

        Assert.Null(Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>()).Failure);
    }

    [Fact]
    public void A_stop_of_a_cluster_without_workers_is_over_at_once()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Crash(1);

        cluster.Stop(Timeout);

        Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>());
    }

    [Fact]
    public void A_stopping_cluster_does_not_respawn()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Stop(Timeout);

        cluster.Crash(1);

        Assert.Empty(cluster.Starts);
        cluster.After(TimeSpan.FromSeconds(20));
        Assert.Empty(cluster.Effects);
    }

    [Fact]
    public void A_failed_start_stays_the_failure_though_the_cluster_is_stopped_meanwhile()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(2));
        cluster.Exit(1, ExitStatus.Exited(1));

        cluster.Stop(Timeout);
        cluster.Terminate();
        cluster.Exit(2, ExitStatus.Signaled(9));

        Assert.NotNull(Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>()).Failure);
    }
}
