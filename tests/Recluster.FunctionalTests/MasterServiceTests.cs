using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>A hosted service that belongs to the master.</summary>
public class MasterServiceTests
{
    [Fact]
    public async Task It_runs_once_per_cluster_in_the_master_alone_and_for_its_life()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await cluster.ReloadBySignalAsync();
        await cluster.AllSlotsAsync();

        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());

        var lines = cluster.Log.Lines.Where(line => line.StartsWith("once per cluster st", StringComparison.Ordinal));
        Assert.Equal(
            [
                $"once per cluster started in pid {cluster.MasterPid} worker False",
                $"once per cluster stopped in pid {cluster.MasterPid}",
            ],
            lines);
    }

    [Fact]
    public async Task In_single_process_mode_it_runs_there_beside_the_ordinary_ones()
    {
        await using var cluster = ClusterProcess.Launch(new() { Arguments = ["--Recluster:Enabled=false"] });
        await cluster.Log.WaitForAsync("Application started");

        Assert.Equal(1, cluster.Log.Count($"once per cluster started in pid {cluster.MasterPid} worker False"));
        Assert.Equal(1, cluster.Log.Count($"hosted service started in pid {cluster.MasterPid} role master"));
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Equal(1, cluster.Log.Count("once per cluster stopped"));
    }
}
