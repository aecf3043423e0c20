using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Workers whose app stops its own host: StopApplication, or a hosted service that throws.</summary>
public class SelfStopTests
{
    private const string Cause = "the app stopped itself (StopApplication, StopAsync, or a hosted service that threw)";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void It_serves_until_its_successor_is_promoted_and_then_drains()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);

        cluster.StopItself(1);
        Assert.Equal([(3, 0, 1)], cluster.Starts);
        Assert.Equal(TimeSpan.Zero, Assert.Single(cluster.Events<ClusterEvent.WorkerStopsItself>()).SuccessorIn);
        Assert.Equal([0], cluster.Assignment(1));
        Assert.Empty(cluster.Effects.OfType<Effect.Drain>());
        cluster.Ready(3);

        Assert.Equal(1, Assert.Single(cluster.Effects.OfType<Effect.Drain>()).Worker);
        cluster.Exit(1, ExitStatus.Exited(0));
        var exited = Assert.Single(cluster.Events<ClusterEvent.WorkerExited>());
        Assert.Equal(($"{Cause}: exit code 0", true), (exited.Cause, exited.Expected));
    }

    [Fact]
    public void A_signal_that_ends_it_is_the_cause()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload();
        cluster.StopItself(2);

        cluster.Exit(2, ExitStatus.Signaled(6));

        Assert.StartsWith("signal SIGABRT", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_does_it_again_and_again_serves_for_longer_each_time()
    {
        var cluster = ClusterDriver.Running(1);
        var delays = new List<TimeSpan>();
        for (var i = 0; i < 4; i++)
        {
            var worker = cluster.Active(0)!.Value;
            cluster.StopItself(worker);
            delays.Add(Assert.Single(cluster.Events<ClusterEvent.WorkerStopsItself>()).SuccessorIn!.Value);
            Assert.Equal(worker, cluster.Active(0));
            cluster.After(delays[^1]);
            cluster.ReadyAll();
        }

        Assert.Equal([1 * Second, 2 * Second, 4 * Second, 8 * Second], delays);
    }

    [Fact]
    public void All_at_once_all_serve_until_they_are_succeeded_one_by_one()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(3, maxConcurrentStarts: 1));
        cluster.Pass(10 * Second);

        Array.ForEach([1L, 2L, 3L], worker => cluster.StopItself(worker));

        Assert.Single(cluster.Starting);
        Assert.Equal([1, 2, 3], cluster.Of(ReclusterWorkerPhase.Active));
        cluster.ReadyAll();
        Assert.Equal([4, 5, 6], cluster.Of(ReclusterWorkerPhase.Active));
    }

    [Fact]
    public void It_goes_on_serving_while_its_successors_fail()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Pass(10 * Second);
        cluster.StopItself(1);

        cluster.StopItself(2);
        cluster.Exit(2, ExitStatus.Exited(0));

        Assert.Equal(1, cluster.Active(0));
        Assert.Equal($"{Cause}: exit code 0", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause);
        cluster.After(2 * Second);
        cluster.ReadyAll();
        Assert.Equal(3, cluster.Active(0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_new_worker_that_does_it_before_it_serves_fails_the_reload(bool isReady)
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);
        cluster.Pid(3);
        if (isReady)
        {
            cluster.Ready(3);
        }

        cluster.StopItself(3);
        Assert.Contains(cluster.Effects, effect => effect is Effect.Drain { Worker: 3, Timeout.Ticks: 0 });
        cluster.Ready(3);
        cluster.ReadyAll();
        Assert.Null(cluster.Answer(1));
        cluster.Exit(3, ExitStatus.Exited(0));

        Assert.Equal(ReloadStatus.RolledBack, cluster.Answer(1)?.Status);
        Assert.Contains($"ended: {Cause}: exit code 0.", cluster.Answer(1)!.Reason, StringComparison.Ordinal);
        Assert.Equal((1, 2), (cluster.Active(0), cluster.Active(1)));
    }

    [Fact]
    public void One_that_does_not_come_to_its_end_before_it_has_served_is_killed()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.StopItself(2);

        cluster.After(10 * Second);

        Assert.Equal([2], cluster.Kills);
        cluster.Exit(2, ExitStatus.Signaled(9));
        Assert.Contains("killed, it had begun to stop and did not exit", cluster.Answer(1)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void In_the_first_start_it_is_a_failure_also_of_a_worker_that_serves_already()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(2) with { MaxStartFailures = 2 });
        cluster.Ready(1);
        cluster.StopItself(1);
        cluster.Ready(2);
        cluster.ConfirmAll();
        Assert.Equal(ClusterPhase.Starting, cluster.State.Phase);
        cluster.After(Second);
        cluster.Ready(3);

        cluster.StopItself(3);
        Array.ForEach([1L, 2L, 3L], worker => cluster.Exit(worker, ExitStatus.Signaled(9)));

        Assert.Contains(Cause, Assert.Single(cluster.AllEffects.OfType<Effect.ReportStopped>()).Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void During_a_reload_the_new_generation_brings_the_successor()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);

        cluster.StopItself(1);
        Assert.Null(Assert.Single(cluster.Events<ClusterEvent.WorkerStopsItself>()).SuccessorIn);
        cluster.ReadyAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
        Assert.Equal(ReclusterWorkerPhase.Draining, cluster.Phase(1));
    }

    [Fact]
    public void One_that_drains_already_or_is_not_there_changes_nothing()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload();
        cluster.ReadyAll();

        cluster.StopItself(1);
        Assert.Empty(cluster.Effects);
        cluster.StopItself(99);
        Assert.Empty(cluster.Effects);
    }
}
