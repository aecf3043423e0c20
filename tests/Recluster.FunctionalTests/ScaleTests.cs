using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>More workers and fewer, while it runs.</summary>
public class ScaleTests
{
    [Theory]
    [InlineData(LoadMode.ConnectionPerRequest)]
    [InlineData(LoadMode.KeepAlive)]
    public async Task Scaling_out_and_in_under_load_fails_no_request_and_a_reload_keeps_the_number(LoadMode mode)
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await using var load = LoadRun.Start(new LoadOptions
        {
            Target = cluster.Target,
            Mode = mode,
            ThinkTime = TimeSpan.FromMilliseconds(2),
        });
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        foreach (var workers in (int[])[4, 2, 3])
        {
            var result = await ScaleAsync(cluster, workers);
            Assert.Equal((ScaleStatus.Succeeded, workers), (result.Status, result.Workers));
            await cluster.AllSlotsAsync(workers);
            await cluster.WorkersWhenAsync(all => all.Length == workers);
            await load.MoreAnsweredAsync(200).WaitAsync(Eventually.Limit);
        }

        Assert.Equal([2, 2, 2], (await cluster.ReloadAsync()).Result.SlotGenerations);
        Assert.All((await cluster.AllSlotsAsync(3)).Values, who => Assert.Equal(2, who.Generation));
        await cluster.WorkersWhenAsync(all => all.Length == 3);
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
    }

    [Fact]
    public async Task The_sockets_of_removed_slots_are_still_answered()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = 4 });
        var before = await cluster.AllSlotsAsync(4);

        Assert.Equal(ScaleStatus.Succeeded, (await ScaleAsync(cluster, 2)).Status);
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
        var report = await LoadRun.RunAsync(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, Requests = 400 });

        Assert.True(report[Outcome.Ok] == 400, report.ToString());
        Assert.Equal(new[] { before[0].Pid, before[1].Pid }.Order(), report.ProcessIds.Order());
        foreach (var slot in (int[])[2, 3])
        {
            await cluster.Log.WaitForAsync($"Worker exited: slot {slot}, pid {before[slot].Pid}, generation 1: exit code 0");
        }
    }

    [Fact]
    public async Task Requests_in_flight_in_a_removed_slot_are_answered_by_its_worker()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync();
        await using var connection = await ConnectionToAsync(cluster, slot: 1);
        var request = connection.SendAsync($"/wait?file={folder.File("go")}", Eventually.Limit);
        await cluster.Log.WaitForAsync("waiting for");

        Assert.Equal(ScaleStatus.Succeeded, (await ScaleAsync(cluster, 1)).Status);
        Assert.False(request.IsCompleted);
        await File.WriteAllTextAsync(folder.File("go"), "");

        Assert.Equal(1, ClusterProcess.Parse<ZooIdentity>(await request).Slot);
        await cluster.WorkersWhenAsync(workers => workers.Length == 1);
    }

    [Fact]
    public async Task SIGTTIN_and_SIGTTOU_scale_by_one_down_to_one()
    {
        await using var cluster = await ClusterProcess.StartAsync();

        cluster.Signal(Posix.SigTtin);
        await cluster.Log.WaitForAsync("Cluster scaled: from 2 to 3 workers.");
        await cluster.WorkersWhenAsync(workers => workers.Count(worker => worker.Phase == ReclusterWorkerPhase.Active) == 3);
        await cluster.AllSlotsAsync(3);
        cluster.Signal(Posix.SigTtou);
        await cluster.Log.WaitForAsync("Cluster scaled: from 3 to 2 workers.");
        cluster.Signal(Posix.SigTtou);
        await cluster.Log.WaitForAsync("Cluster scaled: from 2 to 1 workers.");
        await cluster.WorkersWhenAsync(workers => workers.Length == 1);
        cluster.Signal(Posix.SigTtou);
        await cluster.ReloadBySignalAsync();

        await cluster.WorkersWhenAsync(workers => workers is [{ Slot: 0, Generation: 2, Phase: ReclusterWorkerPhase.Active }]);
        Assert.Equal(3, cluster.Log.Count("Cluster scaled"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(5)]
    public async Task A_number_out_of_range_is_refused_with_the_reason(int workers)
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:MaxWorkers=4"] });

        var result = await ScaleAsync(cluster, workers);

        Assert.Equal((ScaleStatus.Refused, 2), (result.Status, result.Workers));
        Assert.Equal($"{workers} workers are out of range: from 1 to MaxWorkers = 4.", result.Reason);
        Assert.Equal(0, cluster.Log.Count("Cluster scaled"));
    }

    [Fact]
    public async Task Scaling_during_a_reload_happens_after_it()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = ["--Zoo:Vice=WaitsForGate", "--Zoo:ViceFrom=2", $"--Zoo:Gate={folder.File("gate")}"],
        });
        var reload = cluster.ReloadAsync();
        await cluster.Log.WaitForAsync("Reload begun");

        var scaling = ScaleAsync(cluster, 3);
        Assert.Equal(ScaleStatus.Refused, (await ScaleAsync(cluster, 0)).Status);
        Assert.Equal((false, false), (reload.IsCompleted, scaling.IsCompleted));
        Assert.Equal(0, cluster.Log.Count("Cluster scaled"));
        await File.WriteAllTextAsync(folder.File("gate"), "");

        Assert.Equal([2, 2], (await reload).Result.SlotGenerations);
        Assert.Equal((ScaleStatus.Succeeded, 3), ((await scaling).Status, (await scaling).Workers));
        var lines = cluster.Log.Lines.ToList();
        var reloaded = lines.FindIndex(line => line.Contains("Reload done", StringComparison.Ordinal));
        Assert.True(reloaded < lines.FindIndex(line => line.Contains("Cluster scaled", StringComparison.Ordinal)), cluster.Log.Text);
        Assert.All((await cluster.AllSlotsAsync(3)).Values, who => Assert.Equal(2, who.Generation));
    }

    [Fact]
    public async Task A_new_worker_that_fails_is_told_to_the_caller_and_the_others_serve_on()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Zoo:Vice=ExitsAtOnce", "--Zoo:ViceSlot=2", "--Recluster:RespawnDelay=00:05:00", "--Recluster:MaxRespawnDelay=00:05:00"] });
        var before = await cluster.AllSlotsAsync();

        var result = await ScaleAsync(cluster, 3);

        Assert.Equal((ScaleStatus.Failed, 3), (result.Status, result.Workers));
        Assert.Contains("exit code 3", result.Reason, StringComparison.Ordinal);
        var report = await LoadRun.RunAsync(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, Requests = 200 });
        Assert.True(report[Outcome.Ok] == 200, report.ToString());
        Assert.Equal(before.Values.Select(who => who.Pid).Order(), report.ProcessIds.Order());
    }

    private static async Task<ScaleResult> ScaleAsync(ClusterProcess cluster, int workers) =>
        ClusterProcess.Parse<ScaleResult>(await cluster.RequestAsync($"/admin/scale?n={workers}", "POST"));

    private static async Task<HttpConnection> ConnectionToAsync(ClusterProcess cluster, int slot)
    {
        while (true)
        {
            var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
            if (ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit)).Slot == slot)
            {
                return connection;
            }

            await connection.DisposeAsync();
        }
    }
}
