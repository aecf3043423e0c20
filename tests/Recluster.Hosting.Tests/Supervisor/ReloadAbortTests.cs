using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class ReloadAbortTests
{
    private const string Reason = "It was given up by AbortReloadAsync.";

    [Fact]
    public void Without_a_reload_there_is_nothing_to_give_up()
    {
        Assert.False(ClusterDriver.Started(ClusterDriver.Settings(1)).Abort());
        var cluster = ClusterDriver.Running(1);

        Assert.False(cluster.Abort());

        Assert.Single(cluster.Effects);
    }

    [Fact]
    public void While_it_is_prepared_the_new_workers_go_and_the_old_never_notice()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);
        cluster.Ready(3);

        Assert.True(cluster.Abort());

        Assert.Equal((ReloadStatus.Aborted, 1, Reason), (cluster.Answer(1)?.Status, cluster.Answer(1)?.Generation, cluster.Answer(1)?.Reason));
        Assert.Same(cluster.Answer(1), cluster.State.LastReload);
        Assert.Equal(new ClusterEvent.ReloadAborted(2, 1) { Result = cluster.Answer(1) }, Assert.Single(cluster.Events<ClusterEvent.ReloadAborted>()));
        Assert.Empty(cluster.Events<ClusterEvent.ReloadRolledBack>());
        Assert.Equal([ReclusterWorkerPhase.Draining, ReclusterWorkerPhase.Killed], [cluster.Phase(3), cluster.Phase(4)]);
        Assert.Equal([1L, 2L], cluster.Of(ReclusterWorkerPhase.Active));
        cluster.ReloadToTheEnd(2);
        Assert.Equal(3, cluster.Answer(2)?.Generation);
    }

    [Fact]
    public void Those_that_wait_are_given_up_with_it_and_none_begins()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.Reload(2);

        Assert.True(cluster.Abort());

        Assert.Equal((ReloadStatus.Aborted, Reason), (cluster.Answer(2)?.Status, cluster.Answer(2)?.Reason));
        Assert.Empty(cluster.Starts);
        Assert.Null(cluster.State.Reload);
    }

    [Fact]
    public void One_that_was_asked_for_during_the_start_never_begins()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));
        cluster.Reload(1);

        Assert.True(cluster.Abort());
        cluster.ReadyAll();

        Assert.Equal(ReloadStatus.Aborted, cluster.Answer(1)?.Status);
        Assert.Null(cluster.State.LastReload);
        Assert.Empty(cluster.AllEvents<ClusterEvent.ReloadBegun>());
    }

    [Fact]
    public void After_the_commit_it_is_not_undone()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.Ready(2);

        Assert.False(cluster.Abort());
        cluster.ConfirmAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Fact]
    public void A_roll_halts_where_it_is()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { MaxSurge = 1 });
        cluster.Reload(1);
        cluster.Ready(3);
        cluster.ConfirmAll();

        Assert.True(cluster.Abort());

        Assert.Equal(ReloadStatus.Halted, cluster.Answer(1)?.Status);
        Assert.Equal([2, 1], cluster.Answer(1)!.SlotGenerations);
        Assert.StartsWith(Reason, cluster.Answer(1)?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_reason_that_is_given_is_told_when_the_reload_begins()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload();
        cluster.Do(new Input.ReloadRequested(null));
        cluster.Do(new Input.ReloadRequested(1) { Reason = "new prices" });
        cluster.Do(new Input.ReloadRequested(2) { Reason = "new texts" });
        cluster.ReadyAll();
        cluster.ReloadToTheEnd();

        Assert.Equal([null, "new prices", null], cluster.AllEvents<ClusterEvent.ReloadBegun>().Select(begun => begun.Reason));
    }
}
