using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Workers that die without asking.</summary>
public class CrashTests
{
    [Fact]
    public async Task Killing_workers_under_load_fails_only_what_was_inside_them()
    {
        const int Kills = 4;
        const int Clients = 4;
        await using var cluster = await ClusterProcess.StartAsync();
        await using var load = LoadRun.Start(new LoadOptions
        {
            Target = cluster.Target,
            Mode = LoadMode.ConnectionPerRequest,
            Clients = Clients,
            ThinkTime = TimeSpan.FromMilliseconds(2),
        });

        var victim = 0;
        for (var i = 0; i < Kills; i++)
        {
            await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
            var workers = await WorkersAsync(cluster, workers => workers.Count(worker => worker.Phase == ReclusterWorkerPhase.Active) == 2);
            victim = workers[i % 2].ProcessId!.Value;
            Posix.Signal(victim, Posix.SigKill);
            await cluster.Log.WaitForAsync($"pid {victim}, generation 1: signal SIGKILL");
        }

        await WorkersAsync(cluster, workers =>
            workers.Count(worker => worker.Phase == ReclusterWorkerPhase.Active) == 2 && workers.All(worker => worker.ProcessId != victim));
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        var report = await load.StopAsync();

        Outcome[] inside = [Outcome.ResetBeforeFirstByteFresh, Outcome.Truncated];
        Assert.Equal(report.Failed, inside.Sum(outcome => report[outcome]));
        Assert.True(report.Failed <= Kills * Clients, report.ToString());
        Assert.Equal(Kills, cluster.Log.Count("Worker died"));
        Assert.True(report.ProcessIds.Count >= Kills, $"The new workers have answered: {report}");
    }

    [Fact]
    public async Task No_connection_waits_for_the_respawn_of_its_slot()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Workers = 3,
            Arguments = ["--Recluster:RespawnDelay=00:05:00", "--Recluster:MaxRespawnDelay=00:10:00"],
        });
        var slots = await cluster.AllSlotsAsync(3);

        Posix.Signal(slots[1].Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker died: slot 1");
        var report = await LoadRun.RunAsync(
            new LoadOptions
            {
                Target = cluster.Target,
                Mode = LoadMode.ConnectionPerRequest,
                Clients = 16,
                Requests = 200,
                ResponseTimeout = TimeSpan.FromSeconds(10),
            });

        Assert.True(report[Outcome.Ok] == 200, report.ToString());
        Assert.Equal([slots[0].Pid, slots[2].Pid], report.ProcessIds.Order());
        var active = await cluster.GetAsync<ReclusterWorkerInfo?[]>("/admin/active");
        Assert.Equal([false, true, false], active.Select(worker => worker is null));
    }

    [Fact]
    public async Task A_slot_whose_worker_keeps_dying_gets_another_every_time()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Recluster:RespawnDelay=00:00:00.4", "--Recluster:MaxRespawnDelay="] });
        var victim = (await cluster.AllSlotsAsync())[1].Pid;

        for (var i = 0; i < 12; i++)
        {
            var mark = cluster.Log.Mark;
            Posix.Signal(victim, Posix.SigKill);
            var ready = await cluster.Log.WaitForAsync("Worker ready: slot 1, pid ", mark);
            victim = int.Parse(ready.Split("pid ")[1].Split(',')[0], null);
        }

        Assert.Equal(12, cluster.Log.Count("Worker died: slot 1"));
    }

    [Fact]
    public async Task A_reload_fills_the_slot_of_a_dead_worker_at_once()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = ["--Recluster:RespawnDelay=00:05:00", "--Recluster:MaxRespawnDelay=00:10:00"],
        });
        Posix.Signal((await cluster.AllSlotsAsync())[0].Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker died: slot 0");

        Assert.Equal(ReloadStatus.Succeeded, (await cluster.ReloadAsync()).Result.Status);

        Assert.All((await cluster.AllSlotsAsync()).Values, who => Assert.Equal(2, who.Generation));
    }

    [Theory]
    [InlineData("/exit?code=5", "exit code 5")]
    [InlineData("/crash", "signal SIGABRT")]
    [InlineData("/garble", "killed, it had closed its control channel or sent what is no message")]
    [InlineData("/mute", "killed, it had closed its control channel or sent what is no message")]
    public async Task A_worker_that_ends_or_cannot_be_led_any_more_is_replaced_and_the_log_names_the_cause(string path, string cause)
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        var victim = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));

        try
        {
            await connection.SendAsync(path, Eventually.Limit);
        }
        catch (RequestFailedException)
        {
            // As is to be expected of a request that ends the process.
        }

        await cluster.Log.WaitForAsync($"Worker died: slot {victim.Slot}, pid {victim.Pid}, generation 1: {cause}");
        await WorkersAsync(cluster, workers => workers.Any(worker =>
            worker.Slot == victim.Slot && worker.ProcessId != victim.Pid && worker.Phase == ReclusterWorkerPhase.Active));
        Assert.Equal(victim.Generation, (await cluster.AllSlotsAsync())[victim.Slot].Generation);
        Assert.False(ProcessTable.IsAlive(victim.Pid));
    }

    /// <summary>Asks until it is so; who is asked may be the one that is about to die.</summary>
    private static Task<ReclusterWorkerInfo[]> WorkersAsync(ClusterProcess cluster, Func<ReclusterWorkerInfo[], bool> isSo) =>
        Eventually.GetAsync(
            async () =>
            {
                try
                {
                    var workers = await cluster.WorkersAsync();
                    return isSo(workers) ? workers : null;
                }
                catch (RequestFailedException)
                {
                    return null;
                }
            },
            () => $"the workers as expected. The output:{Environment.NewLine}{cluster.Log.Text}");
}
