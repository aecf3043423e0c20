using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>What ps and top show.</summary>
public class ProcessNameTests
{
    [Fact]
    public async Task Master_and_workers_are_told_apart_by_name()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        Assert.Equal("WorkerZo master", NameOf(cluster.MasterPid));
        await AssertNamesAsync(cluster, generation: 1);

        await cluster.ReloadBySignalAsync();

        await AssertNamesAsync(cluster, generation: 2);
    }

    private static async Task AssertNamesAsync(ClusterProcess cluster, int generation)
    {
        foreach (var (slot, who) in await cluster.AllSlotsAsync())
        {
            Assert.Equal($"WorkerZoo w{slot} g{generation}", NameOf(who.Pid));
        }
    }

    private static string NameOf(int processId) => File.ReadAllText($"/proc/{processId}/comm").TrimEnd('\n');
}
