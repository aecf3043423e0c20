using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Old generations do not pile up.</summary>
public class DrainingGenerationTests
{
    [Fact]
    public async Task The_oldest_generation_is_told_to_finish_when_one_too_many_drains()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = 1, Arguments = ["--Recluster:MaxDrainingGenerations=1"] });
        var oldest = await cluster.WhoAsync();
        var first = await RequestAndReloadAsync(cluster, "/wait?file=/nowhere/to/be/found");
        Assert.Equal(0, cluster.Log.Count("told to finish"));
        var second = await RequestAndReloadAsync(cluster, $"/wait?file={folder.File("go")}");

        await cluster.Log.WaitForAsync("More workers drain than MaxDrainingGenerations allows in a slot. The oldest, of generation 1, are told to finish in slots 0.");
        await Assert.ThrowsAsync<RequestFailedException>(() => first);
        await cluster.Log.WaitForAsync(
            $"Worker ended before it had finished: slot 0, pid {oldest.Pid}, generation 1: timeout, it had not finished within 00:00:10");
        Assert.False(ProcessTable.IsAlive(oldest.Pid));

        Assert.False(second.IsCompleted);
        await File.WriteAllTextAsync(folder.File("go"), "");
        Assert.Equal(2, (await second).Generation);
        await cluster.WorkersWhenAsync(workers => workers is [{ Generation: 3 }]);
        Assert.Equal(1, cluster.Log.Count("told to finish"));
    }

    [Fact]
    public async Task A_request_that_ends_in_time_is_answered_by_the_generation_that_was_told_to_finish()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = 1, Arguments = ["--Recluster:MaxDrainingGenerations=1"] });
        var first = await RequestAndReloadAsync(cluster, $"/wait?file={folder.File("first")}");
        var second = await RequestAndReloadAsync(cluster, $"/wait?file={folder.File("second")}");
        await cluster.Log.WaitForAsync("of generation 1, are told to finish");

        await File.WriteAllTextAsync(folder.File("first"), "");
        Assert.Equal(1, (await first).Generation);
        await File.WriteAllTextAsync(folder.File("second"), "");
        Assert.Equal(2, (await second).Generation);
        await cluster.WorkersWhenAsync(workers => workers is [{ Generation: 3 }]);
    }

    private static async Task<Task<ZooIdentity>> RequestAndReloadAsync(ClusterProcess cluster, string path)
    {
        var mark = cluster.Log.Mark;
        var request = cluster.GetAsync<ZooIdentity>(path);
        await cluster.Log.WaitForAsync("waiting for", mark);
        await cluster.ReloadBySignalAsync();
        return request;
    }
}
