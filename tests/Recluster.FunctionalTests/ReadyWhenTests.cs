using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>In each mode of readiness a worker that is not ready accepts no connection.</summary>
public class ReadyWhenTests
{
    [Theory]
    [InlineData(ReadyWhen.Listening, "WaitsForGate", "hosted service started in pid")]
    [InlineData(ReadyWhen.Started, "WaitsForGate", "hosted service started in pid")]
    [InlineData(ReadyWhen.Ready, "ReadyAtGate", "Not ready: waiting for the app to call IReclusterWorker.SignalReady()")]
    [InlineData(ReadyWhen.Healthy, "UnhealthyUntilGate", "Not ready: waiting for health checks: database is unhealthy")]
    public async Task The_old_generation_answers_everything_until_the_new_one_is_ready(ReadyWhen readyWhen, string vice, string waits)
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartAsync(folder, readyWhen, vice);
        var before = await cluster.AllSlotsAsync();
        File.Delete(folder.File("gate"));

        var mark = cluster.Log.Mark;
        var reload = cluster.ReloadAsync();
        await cluster.Log.WaitForAsync(waits, mark);
        var report = await LoadRun.RunAsync(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, Requests = 300 });

        Assert.True(report[Outcome.Ok] == 300, report.ToString());
        Assert.Equal(before.Values.Select(who => who.Pid).Order(), report.ProcessIds.Order());
        Assert.False(reload.IsCompleted);
        Assert.Equal(0, cluster.Log.Count("Worker ready", mark));
        await File.WriteAllTextAsync(folder.File("gate"), "");
        Assert.Equal(ReloadStatus.Succeeded, (await reload).Result.Status);
        Assert.All((await cluster.AllSlotsAsync()).Values, who => Assert.Equal(2, who.Generation));
    }

    // BadBuildTests has the same for Healthy.
    [Fact]
    public async Task The_reason_says_what_was_waited_for_when_time_ran_out()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartAsync(folder, ReadyWhen.Ready, "ReadyAtGate", "--Recluster:StartTimeout=00:00:08");
        var before = await cluster.AllSlotsAsync();
        File.Delete(folder.File("gate"));

        var result = (await cluster.ReloadAsync()).Result;

        Assert.Equal(ReloadStatus.RolledBack, result.Status);
        Assert.Contains("it was not ready within StartTimeout (00:00:08)", result.Reason, StringComparison.Ordinal);
        Assert.Contains(
            "it waited for the app to call IReclusterWorker.SignalReady() (ReadyWhen is Ready)", result.Reason, StringComparison.Ordinal);
        Assert.Equal(before, await cluster.AllSlotsAsync());
    }

    [Fact]
    public async Task The_first_generation_serves_once_it_has_said_that_it_is_ready()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = ClusterProcess.Launch(Options(folder, ReadyWhen.Ready, "ReadyAtGate"));
        await cluster.Log.WaitForAsync("Not ready: waiting for the app to call IReclusterWorker.SignalReady()");
        Assert.Equal(0, cluster.Log.Count("Worker ready"));
        Assert.Equal(0, cluster.Log.Count("Cluster started"));

        await File.WriteAllTextAsync(folder.File("gate"), "");
        await cluster.Log.WaitForAsync("Cluster started: 2 workers serve");

        await cluster.AllSlotsAsync();
    }

    [Fact]
    public async Task The_clusters_own_check_is_waited_for_under_no_name()
    {
        using var folder = new TemporaryFolder();

        await using var cluster = await StartAsync(folder, ReadyWhen.Healthy, "UnhealthyUntilGate", "--Zoo:ClusterCheck=workers");

        Assert.Equal(0, cluster.Log.Count("workers is unhealthy"));
    }

    [Fact]
    public async Task A_reload_whose_worker_does_not_get_ready_is_given_up_at_once_by_AbortReloadAsync()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartAsync(folder, ReadyWhen.Ready, "ReadyAtGate");
        var before = await cluster.AllSlotsAsync();
        File.Delete(folder.File("gate"));
        var mark = cluster.Log.Mark;
        var reload = cluster.ReloadAsync();
        await cluster.Log.WaitForAsync("Not ready: waiting for the app to call", mark);

        Assert.Equal("true", (await cluster.RequestAsync("/admin/abort", "POST")).Text);

        Assert.Equal(ReloadStatus.Aborted, (await reload).Result.Status);
        await cluster.Log.WaitForAsync("Reload aborted: generation 2 is given up", mark);
        Assert.Equal("false", (await cluster.RequestAsync("/admin/abort", "POST")).Text);
        Assert.Equal(before, await cluster.AllSlotsAsync());
    }

    private static async Task<ClusterProcess> StartAsync(TemporaryFolder folder, ReadyWhen readyWhen, string vice, params string[] arguments)
    {
        await File.WriteAllTextAsync(folder.File("gate"), "");
        return await ClusterProcess.StartAsync(Options(folder, readyWhen, vice, arguments));
    }

    private static ZooOptions Options(TemporaryFolder folder, ReadyWhen readyWhen, string vice, params string[] arguments) => new()
    {
        Arguments = [$"--Recluster:ReadyWhen={readyWhen}", $"--Zoo:Vice={vice}", $"--Zoo:Gate={folder.File("gate")}", .. arguments],
    };
}
