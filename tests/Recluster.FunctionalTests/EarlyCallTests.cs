using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>Calls that are made before there is a cluster: each is answered, and none holds up the start or the stop.</summary>
public class EarlyCallTests
{
    [Theory]
    [InlineData("Reload", "early reload: Refused: The host")]
    [InlineData("Scale", "early scaling: Refused: The host")]
    public async Task A_reload_or_scaling_before_the_host_starts_is_refused_and_the_cluster_starts(string call, string answer)
    {
        await using var cluster = ClusterProcess.Launch(new() { Workers = 1, Arguments = [$"--Zoo:EarlyCall={call}"] });

        await cluster.Log.WaitForAsync("Cluster started");

        Assert.Equal(1, cluster.Log.Count($"{answer} has not started."));
        Assert.Equal(1, cluster.Log.Count($"{answer} of this worker has not started."));
        Assert.Equal(1, (await cluster.WhoAsync()).Generation);
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
    }

    [Theory]
    [InlineData("Stop")]
    [InlineData("Terminate")]
    public async Task A_stop_before_the_host_starts_ends_the_app_without_a_worker(string call)
    {
        await using var cluster = ClusterProcess.Launch(new() { Workers = 1, Arguments = [$"--Zoo:EarlyCall={call}"] });

        Assert.Equal(0, await cluster.ExitAsync());

        Assert.Equal(0, cluster.Log.Count("Worker started"));
    }

    [Fact]
    public async Task A_stop_by_a_service_once_per_cluster_in_its_StartAsync_ends_the_app_without_a_worker()
    {
        await using var cluster = ClusterProcess.Launch(new() { Workers = 1, Arguments = ["--Zoo:MasterService=StopsInStart"] });

        Assert.Equal(0, await cluster.ExitAsync());

        Assert.Equal(0, cluster.Log.Count("Worker started"));
    }

    [Fact]
    public async Task A_service_once_per_cluster_that_waits_for_a_reload_in_its_StartAsync_holds_up_neither_start_nor_stop()
    {
        await using var cluster = ClusterProcess.Launch(
            new() { Workers = 1, Arguments = ["--Zoo:MasterService=ReloadsInStart", "--Recluster:StartTimeout=00:00:11"] });
        await cluster.Log.WaitForAsync("Cluster started");
        await cluster.Log.WaitForAsync("reload in start: Succeeded");

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
    }

    [Fact]
    public async Task SIGTERM_ends_the_app_while_a_service_once_per_cluster_waits_for_a_reload_in_its_StartAsync()
    {
        await using var cluster = ClusterProcess.Launch(new() { Workers = 1, Arguments = ["--Zoo:MasterService=ReloadsInStart"] });
        await cluster.Log.WaitForAsync("bad master service run 1");

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
    }
}
