using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class SiblingCoverTests
{
    [Fact]
    public void The_slot_of_a_dead_worker_is_served_by_a_sibling_in_the_same_step()
    {
        var cluster = ClusterDriver.Running(3);

        cluster.Crash(2);

        Assert.Equal([0, 1], cluster.Assignment(1));
        Assert.Equal([(1L, "0,1")], Assigned(cluster));
    }

    [Fact]
    public void Each_further_dead_slot_goes_to_the_sibling_with_the_least_to_do()
    {
        var cluster = ClusterDriver.Running(5);

        cluster.Crash(5);
        cluster.Crash(4);
        cluster.Crash(3);

        Assert.Equal([[0, 2, 4], [1, 3]], [cluster.Assignment(1), cluster.Assignment(2)]);
    }

    [Fact]
    public void A_sibling_that_covers_a_slot_keeps_it_when_others_die()
    {
        var cluster = ClusterDriver.Running(4);
        cluster.Crash(4);
        Assert.Equal([0, 3], cluster.Assignment(1));

        cluster.Crash(2);

        Assert.Equal([0, 3], cluster.Assignment(1));
        Assert.Equal([1, 2], cluster.Assignment(3));
    }

    [Fact]
    public void When_the_covering_sibling_dies_both_slots_go_to_those_who_are_left()
    {
        var cluster = ClusterDriver.Running(3);
        cluster.Crash(3);
        Assert.Equal([0, 2], cluster.Assignment(1));

        cluster.Crash(1);

        Assert.Equal([0, 1, 2], cluster.Assignment(2));
    }

    [Fact]
    public void A_promoted_replacement_gets_its_slot_before_the_sibling_gives_it_back()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Crash(2);

        cluster.Ready(3);

        Assert.Equal([(3L, "1"), (1L, "0")], Assigned(cluster));
    }

    [Fact]
    public void A_worker_that_lost_its_channel_is_covered_before_its_exit_is_seen()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.LoseChannel(2);

        Assert.Equal([0, 1], cluster.Assignment(1));
    }

    [Fact]
    public void When_all_have_died_the_first_who_is_back_serves_every_slot()
    {
        var cluster = ClusterDriver.Running(3);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Crash(1);
        cluster.Crash(2);
        cluster.Crash(3);

        cluster.Ready(5);

        Assert.Equal([0, 1, 2], cluster.Assignment(5));
    }

    [Fact]
    public void A_sibling_that_gives_one_slot_back_and_gets_another_in_the_same_step_keeps_the_first_until_its_worker_has_it()
    {
        var half = TimeSpan.FromSeconds(15);
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(3) with { HeartbeatTimeout = 2 * half });
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Beat(1);
        cluster.Crash(3);
        Assert.Equal([0, 2], cluster.Assignment(1));

        // Worker 2 has not been heard of for half of the time, at the very moment at which slot 2 gets its own worker.
        cluster.Pass(half - TimeSpan.FromSeconds(10));
        cluster.Ready(4);

        Assert.Equal([(1L, "0,1,2"), (4L, "2"), (1L, "0,1")], Assigned(cluster));
    }

    [Fact]
    public void An_assignment_that_is_in_force_is_not_sent_again()
    {
        var cluster = ClusterDriver.Running(3);

        cluster.After(TimeSpan.FromHours(1));

        Assert.Empty(cluster.Effects);
    }

    private static (long Worker, string Slots)[] Assigned(ClusterDriver cluster) =>
        [.. cluster.Effects.OfType<Effect.Assign>().Select(assign => (assign.Worker, string.Join(',', assign.Slots)))];
}
