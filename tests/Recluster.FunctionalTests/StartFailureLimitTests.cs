using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>How often a worker of the first generation may fail.</summary>
public class StartFailureLimitTests
{
    [Fact]
    public async Task A_slot_whose_first_worker_fails_gets_another_and_the_cluster_starts()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Zoo:Vice=ExitsAtFirst", "--Zoo:ViceSlot=1", $"--Zoo:Gate={folder.File("died")}"] });

        Assert.Equal(1, cluster.Log.Count("Worker died: slot 1"));
        Assert.Equal(1, cluster.Log.Count("Worker died"));
        Assert.All((await cluster.AllSlotsAsync()).Values, who => Assert.Equal(1, who.Generation));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task After_MaxStartFailures_in_a_slot_the_host_fails(int failures)
    {
        await using var cluster = ClusterProcess.Launch(new()
        {
            Arguments =
            [
                "--Zoo:Vice=ExitsAtOnce",
                "--Zoo:ViceSlot=1",
                "--Recluster:RespawnDelay=00:00:00.1",
                $"--Recluster:MaxStartFailures={failures}",
            ],
        });

        Assert.NotEqual(0, await cluster.ExitAsync());

        await cluster.Log.WaitForAsync("The cluster could not start. The worker of slot 1 ");
        Assert.Equal(failures, cluster.Log.Count("Worker died: slot 1"));
    }
}
