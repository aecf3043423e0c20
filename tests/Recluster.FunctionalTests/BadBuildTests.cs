using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>A bad build is deployed and a reload is asked for: the old generation goes on, and the next good build reloads.</summary>
[Collection(LoadCollection.Name)]
public class BadBuildTests
{
    [Theory]
    [InlineData("ThrowsInProgram", "ended: signal SIGABRT", "This build throws in Program.cs.")]
    [InlineData("HostedServiceThrows", "ended: signal SIGABRT", "This build's hosted service throws.")]
    [InlineData("ExitsAtOnce", "ended: exit code 3", "This build exits at once.")]
    [InlineData("DiesInStandby", "ended: exit code 9", "This build dies in phase Standby.")]
    [InlineData("ListensElsewhere", "ended: signal SIGABRT", "is not among those the master reserved")]
    [InlineData("DropsAnEndpoint", "ended: signal SIGABRT", "but this build does not listen there")]
    [InlineData("NoReclusterWorker", "ended: signal SIGABRT", "Program.cs calls AddRecluster, but not UseReclusterWorker")]
    public Task A_bad_build_is_rolled_back_without_a_failed_request_and_the_next_good_one_reloads(
        string vice, string reason, string errorOutput) => DeployAsync(vice, reason, errorOutput, "00:01:00");

    [Fact]
    public Task A_build_that_hangs_in_start_up_is_rolled_back_after_StartTimeout() =>
        DeployAsync("NeverReady", "timeout, it was not ready within StartTimeout (00:00:05)", errorOutput: null, "00:00:05");

    private static async Task DeployAsync(string vice, string reason, string? errorOutput, string startTimeout)
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Urls = "http://127.0.0.1:0;http://[::1]:0",
            Arguments = [$"--Zoo:ViceFile={folder.File("vice")}", $"--Recluster:StartTimeout={startTimeout}"],
        });
        var before = await cluster.AllSlotsAsync();
        await using var load = LoadRun.Start(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, ThinkTime = TimeSpan.FromMilliseconds(5) });

        await File.WriteAllTextAsync(folder.File("vice"), vice);
        var bad = (await cluster.ReloadAsync()).Result;
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        Assert.Equal((ReloadStatus.RolledBack, 1), (bad.Status, bad.Generation));
        Assert.Contains(reason, bad.Reason, StringComparison.Ordinal);
        var line = await cluster.Log.WaitForAsync("Reload rolled back: generation 2 failed, generation 1 goes on serving.");
        Assert.Contains(bad.Reason!, line, StringComparison.Ordinal);
        if (errorOutput is not null)
        {
            Assert.Contains(bad.ErrorOutput, text => text.Contains(errorOutput, StringComparison.Ordinal));
        }

        Assert.Equal(before.Values.Select(who => who.Pid).Order(), (await cluster.AllSlotsAsync()).Values.Select(who => who.Pid).Order());
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);

        File.Delete(folder.File("vice"));
        var good = (await cluster.ReloadAsync()).Result;

        Assert.Equal((ReloadStatus.Succeeded, 3), (good.Status, good.Generation));
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
    }
}
