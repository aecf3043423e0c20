using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>A Program.cs that starts its app and then waits for something else than the app.</summary>
[Collection(LoadCollection.Name)]
public class HostShapeEndTests
{
    [Fact]
    public async Task An_app_that_waits_for_a_line_serves_until_the_master_has_read_it()
    {
        await using var cluster = await ClusterProcess.StartAsync(HostShape.Options("start-and-read-a-line") with { HoldsInput = true });
        await cluster.AllSlotsAsync();
        await cluster.ReloadBySignalAsync();
        await cluster.AllSlotsAsync();

        await cluster.TypeEnterAsync();
        Assert.Equal(0, await cluster.ExitAsync());

        Assert.Equal(4, cluster.Log.Count("worker True") - cluster.Log.ProcessesOf("Counter").Count);
        Assert.Equal(0, cluster.Log.Count("killed"));
        Assert.Equal(0, cluster.Log.Count("warn: "));
    }

    [Fact]
    public async Task The_workers_of_an_app_that_waits_for_ever_end_when_they_have_drained()
    {
        await using var cluster = await ClusterProcess.StartAsync(HostShape.Options("start-and-loop"));
        await cluster.AllSlotsAsync();
        await cluster.ReloadBySignalAsync();

        await Eventually.TrueAsync(() => cluster.Log.Count("Worker exited:") == 2, () => cluster.Log.Text);
        await cluster.AllSlotsAsync();
        Assert.Equal(2, cluster.Log.Count("Counter stopped in pid"));
        Assert.Equal(2, cluster.Log.Count("exit code 0"));
    }
}
