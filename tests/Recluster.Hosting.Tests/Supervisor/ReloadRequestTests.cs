using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class ReloadRequestTests
{
    [Fact]
    public void Requests_during_a_reload_become_exactly_one_further_reload_that_all_share()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);
        cluster.Reload(2);
        cluster.Reload(null);
        cluster.Ready(3);
        cluster.Reload(3);

        cluster.ReadyAll();
        cluster.ReadyAll();

        Assert.Equal([2, 3], cluster.AllEvents<ClusterEvent.ReloadBegun>().Select(begun => begun.Generation));
        Assert.Equal([2, 3, 3], new long[] { 1, 2, 3 }.Select(request => cluster.Answer(request)!.Generation));
    }

    [Fact]
    public void The_further_reload_begins_in_the_step_that_ends_the_one_before()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.Reload(2);
        cluster.Ready(2);
        cluster.Confirm(1);
        cluster.Pass(TimeSpan.FromSeconds(3));

        cluster.Confirm(2);

        Assert.NotNull(cluster.Answer(1));
        Assert.Equal([(3, 0, 3)], cluster.Starts);
        cluster.ReadyAll();
        Assert.Equal(TimeSpan.Zero, cluster.Answer(2)?.Duration);
    }

    [Fact]
    public void A_request_between_the_commit_and_the_end_of_a_reload_waits_for_the_next_too()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.Ready(2);

        cluster.Reload(2);
        Assert.Empty(cluster.Starts);
        cluster.ReadyAll();
        cluster.ReadyAll();

        Assert.Equal([2, 3], [cluster.Answer(1)!.Generation, cluster.Answer(2)!.Generation]);
    }

    [Fact]
    public void After_a_roll_back_the_further_reload_begins_as_well()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.Reload(2);

        cluster.Crash(2);

        Assert.Equal([(3, 0, 3)], cluster.Starts);
        cluster.ReadyAll();
        Assert.Equal(ReloadStatus.RolledBack, cluster.Answer(1)?.Status);
        Assert.True(cluster.Answer(2)?.Succeeded);
    }

    [Fact]
    public void A_reload_asked_for_during_the_start_runs_after_it()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(2));
        cluster.Reload(1);
        Assert.Empty(cluster.Starts);
        cluster.Ready(1);
        cluster.Ready(2);
        Assert.Empty(cluster.AllEvents<ClusterEvent.ReloadBegun>());
        cluster.ConfirmAll();

        Assert.Single(cluster.Effects.OfType<Effect.ReportStarted>());
        Assert.Equal([(3, 0, 2)], cluster.Starts);
        cluster.ReadyAll();
        Assert.Equal(2, cluster.Answer(1)?.Generation);
    }

    [Fact]
    public void A_reload_asked_for_during_a_start_that_fails_is_answered_that_the_cluster_stops()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));
        cluster.Reload(1);

        cluster.Crash(1);

        Assert.Equal(ReloadStatus.Stopping, cluster.Answer(1)?.Status);
    }

    [Fact]
    public void A_signal_needs_no_answer()
    {
        var cluster = ClusterDriver.Running(1);

        cluster.ReloadToTheEnd(null);

        Assert.Equal(2, cluster.State.Generation);
        Assert.Empty(cluster.AllEffects.OfType<Effect.Answer>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void When_the_cluster_ends_the_running_and_the_queued_requests_are_answered_at_once(bool terminate)
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.Reload(2);

        _ = terminate ? cluster.Terminate() : cluster.Stop(TimeSpan.FromSeconds(30));

        Assert.Equal([ReloadStatus.Stopping, ReloadStatus.Stopping], [cluster.Answer(1)!.Status, cluster.Answer(2)!.Status]);
    }

    [Fact]
    public void A_request_to_a_cluster_that_stops_or_has_stopped_is_refused_at_once()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Stop(TimeSpan.FromSeconds(30));
        cluster.Reload(1);
        cluster.Exit(1, ExitStatus.Exited(0));
        Assert.Equal(ClusterPhase.Stopped, cluster.State.Phase);
        cluster.Reload(2);
        cluster.Reload(null);

        foreach (var request in new long[] { 1, 2 })
        {
            Assert.Equal((ReloadStatus.Stopping, "The cluster is stopping."), (cluster.Answer(request)!.Status, cluster.Answer(request)!.Reason));
        }
    }
}
