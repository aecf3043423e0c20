using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class RespawnTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_worker_that_lived_longer_than_RespawnDelay_is_replaced_at_once()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);

        cluster.Crash(1);

        Assert.Equal([(3, 0, 1)], cluster.Starts);
        Assert.Equal(TimeSpan.Zero, Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).RespawnIn);
    }

    [Fact]
    public void A_worker_that_dies_at_once_is_replaced_RespawnDelay_after_its_own_start()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(0.25 * Second);

        cluster.Crash(1);

        Assert.Empty(cluster.Starts);
        Assert.Equal(0.75 * Second, Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).RespawnIn);
        Assert.Equal(Second, cluster.NextDeadline);
        cluster.After((0.75 * Second) - TimeSpan.FromTicks(1));
        Assert.Empty(cluster.Starts);
        cluster.After(TimeSpan.FromTicks(1));
        Assert.Equal([(3, 0, 1)], cluster.Starts);
    }

    [Fact]
    public void A_death_whose_first_sign_is_the_lost_channel_waits_for_RespawnDelay_just_as_well()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(0.25 * Second);

        cluster.LoseChannel(1);
        Assert.Empty(cluster.Starts);
        cluster.Crash(1);

        Assert.Empty(cluster.Starts);
        Assert.Equal(Second, cluster.NextDeadline);
    }

    [Fact]
    public void A_worker_that_lives_on_without_its_channel_is_killed()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.LoseChannel(1);
        cluster.After(cluster.State.Settings.KillGrace);

        Assert.Equal(new Effect.Kill(1), Assert.Single(cluster.AllEffects.OfType<Effect.Kill>()));
        cluster.Exit(1, ExitStatus.Signaled(9));
        Assert.Contains("control channel", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_killed_by_a_stranger_is_told_as_such_though_its_channel_ends_first()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.LoseChannel(1); // The kernel closes a dying process's descriptors before it tells of the exit.
        cluster.Exit(1, ExitStatus.Signaled(9));

        Assert.Contains("not sent by the master", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_worker_whose_exit_is_seen_later_leaves_its_slot_with_one_successor_and_not_with_two()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);

        cluster.LoseChannel(1);
        cluster.Exit(1, ExitStatus.Signaled(9));

        Assert.Equal([3], cluster.Starting);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void While_a_slot_keeps_dying_its_delay_doubles_up_to_MaxRespawnDelay_and_zero_switches_that_off(int maxSeconds)
    {
        var max = TimeSpan.FromSeconds(maxSeconds);
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { MaxRespawnDelay = max });

        var delays = new List<double>();
        for (var death = 0; death < 5; death++)
        {
            cluster.Crash(cluster.Active(0) ?? cluster.Starting.Single());
            delays.Add(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).RespawnIn!.Value.TotalSeconds);
            cluster.After(TimeSpan.FromSeconds(delays[^1]));
            Assert.Single(cluster.Starts);
        }

        Assert.Equal(maxSeconds == 0 ? [1, 1, 1, 1, 1] : [1, 2, 4, 5, 5], delays);
    }

    [Fact]
    public void Each_slot_has_a_delay_of_its_own()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Crash(1);
        cluster.After(Second);
        cluster.Crash(3);
        Assert.Equal(2 * Second, Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).RespawnIn);
        cluster.Pass(-Second);

        cluster.Crash(2);

        Assert.Equal(Second, Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).RespawnIn);
    }

    [Fact]
    public void After_a_mass_crash_no_more_than_MaxConcurrentStarts_start_together()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(4, maxConcurrentStarts: 2));
        cluster.Pass(10 * Second);

        for (var worker = 1; worker <= 4; worker++)
        {
            cluster.Crash(worker);
        }

        Assert.Equal([5, 6], cluster.Starting);
        cluster.Ready(5);
        Assert.Equal([(7, 2, 1)], cluster.Starts);
    }

    [Fact]
    public void A_respawned_worker_that_is_not_ready_in_time_is_killed_and_replaced_in_its_turn()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);
        cluster.Crash(1);

        cluster.After(cluster.State.Settings.StartTimeout);
        Assert.Equal([3], cluster.Kills);
        cluster.Exit(3, ExitStatus.Signaled(9));
        cluster.ReadyAll();

        Assert.NotNull(cluster.Active(0));
        Assert.Contains("StartTimeout", cluster.AllEvents<ClusterEvent.WorkerExited>()[^1].Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_respawn_that_cannot_be_started_is_tried_again_after_the_delay()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);
        cluster.Crash(1);

        cluster.Exit(3, ExitStatus.NotStarted("Permission denied"));
        Assert.Empty(cluster.Starts);
        Assert.False(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Expected);
        cluster.After(cluster.NextDeadline!.Value - cluster.Now);

        Assert.Equal([(4, 0, 1)], cluster.Starts);
    }

    [Fact]
    public void A_death_says_how_it_happened_and_that_it_was_not_expected()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.Exit(1, ExitStatus.Exited(3));

        var exited = Assert.Single(cluster.Events<ClusterEvent.WorkerExited>());
        Assert.Equal(("exit code 3", false), (exited.Cause, exited.Expected));
    }
}
