using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>A starting worker takes its time for the warm-up only while somebody else serves.</summary>
public class WarmUpExtentTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void The_workers_of_the_first_start_do_not_pause_also_when_others_serve_already()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(2, maxConcurrentStarts: 1));
        Assert.Equal([(1L, WarmUpExtent.WithoutPauses)], Shortened(cluster));

        cluster.ReadyAll();

        Assert.Equal([(1, WarmUpExtent.WithoutPauses), (2, WarmUpExtent.WithoutPauses)], AllShortened(cluster));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_successor_of_the_only_worker_sends_each_request_once_whatever_its_generation(int generation)
    {
        var cluster = ClusterDriver.Running(1);
        for (var i = 1; i < generation; i++)
        {
            cluster.ReloadToTheEnd();
        }

        cluster.Pass(10 * Second);
        cluster.Crash(cluster.Active(0)!.Value);

        var started = Assert.Single(cluster.Starts);
        Assert.Equal(generation, started.Generation);
        Assert.Equal([(started.Worker, WarmUpExtent.OnceEach)], Shortened(cluster));
    }

    [Fact]
    public void A_dead_workers_successor_takes_its_time_while_a_sibling_serves()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);

        cluster.Crash(1);

        Assert.Single(cluster.Starts);
        Assert.Empty(Shortened(cluster));
    }

    [Fact]
    public void When_the_last_that_serves_dies_those_that_are_starting_are_told()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);
        cluster.Crash(1);

        cluster.Crash(2);

        Assert.Equal([(3L, WarmUpExtent.OnceEach), (4L, WarmUpExtent.OnceEach)], Shortened(cluster));
        cluster.Tick();
        Assert.Empty(Shortened(cluster)); // Told once.
    }

    [Fact]
    public void Reload_takes_its_time_until_the_old_are_gone()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload();
        Assert.Single(cluster.Starts);
        Assert.Empty(Shortened(cluster));

        cluster.Crash(1);

        Assert.Equal([(2L, WarmUpExtent.OnceEach)], Shortened(cluster));
    }

    [Fact]
    public void The_successor_of_a_hung_only_worker_is_quick()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(1) with { HeartbeatTimeout = 30 * Second });

        cluster.After(30 * Second);

        Assert.Equal([(2L, WarmUpExtent.OnceEach)], Shortened(cluster));
    }

    [Fact]
    public void A_worker_that_hangs_while_its_only_sibling_starts_makes_that_one_hurry()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { HeartbeatTimeout = 30 * Second });
        cluster.Pass(10 * Second);
        cluster.Beat(2);
        cluster.Crash(1);
        Assert.Empty(Shortened(cluster));

        cluster.After(15 * Second);

        Assert.Equal([(3L, WarmUpExtent.OnceEach)], Shortened(cluster));
    }

    [Fact]
    public void Who_asks_for_a_replacement_serves_meanwhile_and_scaling_out_has_time_too()
    {
        var cluster = ClusterDriver.Running(1);

        cluster.Replace(1);
        Assert.Single(cluster.Starts);
        cluster.Scale(2);
        Assert.Single(cluster.Starts);

        Assert.Equal([(1L, WarmUpExtent.WithoutPauses)], AllShortened(cluster));
    }

    private static (long Worker, WarmUpExtent Extent)[] Shortened(ClusterDriver cluster) => Of(cluster.Effects);

    private static (long Worker, WarmUpExtent Extent)[] AllShortened(ClusterDriver cluster) => Of(cluster.AllEffects);

    private static (long Worker, WarmUpExtent Extent)[] Of(IEnumerable<Effect> effects) =>
        [.. effects.OfType<Effect.ShortenWarmUp>().Select(shorten => (shorten.Worker, shorten.Extent))];
}
