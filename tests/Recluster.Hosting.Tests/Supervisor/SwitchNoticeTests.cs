using Recluster.Master;
using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Whoever serves a slot is asked to settle its clients before another worker takes it over.</summary>
public class SwitchNoticeTests
{
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_reload_waits_until_the_clients_of_all_slots_are_settled()
    {
        var cluster = Running(2);
        cluster.Reload(1);
        cluster.Ready(3);
        Assert.Null(Switching(cluster)); // Not all are ready.
        cluster.Ready(4);
        Assert.Equal([0, 1], Switching(cluster));
        Assert.Equal([1L, 2L], cluster.Of(ReclusterWorkerPhase.Active));

        cluster.Settle(1, 0);
        Assert.Equal([1L, 2L], cluster.Of(ReclusterWorkerPhase.Active));
        cluster.Settle(2, 1);

        Assert.Equal([3L, 4L], cluster.Of(ReclusterWorkerPhase.Active));
        Assert.Null(Switching(cluster));
        cluster.ConfirmAll();
        Assert.True(cluster.Answer(1)?.Succeeded);
    }

    [Fact]
    public void It_does_not_wait_longer_than_the_notice_from_the_last_that_is_ready()
    {
        var cluster = Running(2);
        cluster.Reload(1);
        cluster.Ready(3);
        cluster.After(Notice * 2);
        cluster.Ready(4);
        Assert.Equal(cluster.Now + Notice, cluster.NextDeadline);

        cluster.After(Notice - TimeSpan.FromTicks(1));
        Assert.Equal([1L, 2L], cluster.Of(ReclusterWorkerPhase.Active));
        cluster.After(TimeSpan.FromTicks(1));

        Assert.Equal([3L, 4L], cluster.Of(ReclusterWorkerPhase.Active));
    }

    [Fact]
    public void In_a_roll_each_slot_is_asked_by_itself()
    {
        var cluster = Running(2, settings => settings with { MaxSurge = 1 });
        cluster.Reload(1);
        cluster.Ready(3);
        Assert.Equal([0], Switching(cluster));

        cluster.Settle(1, 0);

        Assert.Equal([2, 1], cluster.SlotGenerations);
    }

    [Fact]
    public void A_replacement_waits_too()
    {
        var cluster = Running(2);
        cluster.Replace(1);
        cluster.Ready(3);
        Assert.Equal([0], Switching(cluster));
        Assert.Equal([1L, 2L], cluster.Of(ReclusterWorkerPhase.Active));

        cluster.Settle(1, 0);

        Assert.Equal([2L, 3L], cluster.Of(ReclusterWorkerPhase.Active));
    }

    [Fact]
    public void A_sibling_that_stands_in_is_asked_for_the_slot_that_it_gives_back()
    {
        var cluster = Running(2);
        cluster.Crash(1);
        cluster.After(TimeSpan.FromSeconds(2));
        cluster.Ready(3);
        Assert.Equal([0], Switching(cluster));
        Assert.Equal([2L], cluster.Of(ReclusterWorkerPhase.Active));

        cluster.Settle(2, 0);

        Assert.Equal([2L, 3L], cluster.Of(ReclusterWorkerPhase.Active));
        Assert.Equal([1], cluster.Assignment(2));
    }

    [Fact]
    public void Where_nobody_serves_there_is_nobody_to_ask()
    {
        var cluster = Running(1);
        cluster.Crash(1);
        cluster.After(TimeSpan.FromSeconds(2));

        cluster.Ready(2);

        Assert.Equal([2L], cluster.Of(ReclusterWorkerPhase.Active));
    }

    [Fact]
    public void What_was_said_before_the_successor_failed_does_not_count_for_the_next()
    {
        var cluster = Running(2);
        cluster.Reload(1);
        cluster.Ready(3);
        cluster.Ready(4);
        cluster.Settle(1, 0);
        cluster.Crash(4);
        Assert.Equal(ReloadStatus.RolledBack, cluster.Answer(1)?.Status);

        cluster.Reload(2);
        cluster.Ready(5);
        cluster.Ready(6);
        cluster.Settle(2, 1);

        Assert.Equal([1L, 2L], cluster.Of(ReclusterWorkerPhase.Active));
        cluster.Settle(1, 0);
        Assert.Equal([5L, 6L], cluster.Of(ReclusterWorkerPhase.Active));
    }

    [Fact]
    public void Without_a_notice_nobody_is_asked()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);

        cluster.Ready(2);

        Assert.Equal([2L], cluster.Of(ReclusterWorkerPhase.Active));
    }

    private static ClusterDriver Running(int workers, Func<SupervisorSettings, SupervisorSettings>? change = null)
    {
        var settings = ClusterDriver.Settings(workers) with { SwitchNotice = Notice };
        return ClusterDriver.Running(change?.Invoke(settings) ?? settings);
    }

    private static IReadOnlyList<int>? Switching(ClusterDriver cluster) => SnapshotMaker.Make(cluster.State, DateTimeOffset.UnixEpoch).Switching;
}
