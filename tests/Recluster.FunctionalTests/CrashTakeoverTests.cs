using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>What becomes of new connections while a slot has no worker, and none is in sight.</summary>
[Collection(LoadCollection.Name)]
public class CrashTakeoverTests
{
    private const int Clients = 8;

    private static readonly string[] SlowRespawn = ["--Recluster:RespawnDelay=00:00:30", "--Recluster:MaxRespawnDelay="];

    [Fact]
    public async Task Every_connection_that_is_queued_for_a_worker_when_it_is_killed_is_answered_by_a_sibling()
    {
        const int Connections = 64;
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = SlowRespawn });
        var slots = await cluster.AllSlotsAsync();

        // A stopped process accepts nothing: what comes to its slot from now on waits in the kernel, and about every second does.
        await ProcessTable.StopAsync(slots[1].Pid);
        var connections = new List<HttpConnection>();
        for (var i = 0; i < Connections; i++)
        {
            connections.Add(await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit));
        }

        var requests = connections.Select(connection => connection.SendAsync("/", Eventually.Limit, close: true)).ToArray();
        Posix.Signal(slots[1].Pid, Posix.SigKill);

        foreach (var response in await Task.WhenAll(requests))
        {
            Assert.Equal(slots[0].Pid, ClusterProcess.Parse<ZooIdentity>(response).Pid);
        }

        await Task.WhenAll(connections.Select(connection => connection.DisposeAsync().AsTask()));
        Assert.Equal(1, cluster.Log.Count("Worker started: slot 1"));
    }

    [Fact]
    public async Task The_workers_of_new_slots_that_die_right_after_scaling_out_are_covered_by_one_that_was_there_before()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = SlowRespawn });
        await using var load = LoadRun.Start(new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, Clients = Clients });
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        var result = ClusterProcess.Parse<ScaleResult>(await cluster.RequestAsync("/admin/scale?n=5", "POST"));
        Assert.Equal((ScaleStatus.Succeeded, 5), (result.Status, result.Workers));
        var workers = await cluster.WorkersWhenAsync(all => all.Length == 5);

        foreach (var worker in workers.Where(worker => worker.Slot != 1))
        {
            Posix.Signal(worker.ProcessId!.Value, Posix.SigKill);
            await cluster.Log.WaitForAsync($"Worker died: slot {worker.Slot}");
        }

        // Only what was inside the dead is lost; the one that is left has the sockets of all slots.
        await load.MoreAnsweredAsync(500).WaitAsync(Eventually.Limit);
        var report = await load.StopAsync();
        var after = await LoadRun.RunAsync(new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, Requests = 300 });

        Outcome[] inside = [Outcome.ResetBeforeFirstByteFresh, Outcome.Truncated];
        Assert.Equal(report.Failed, inside.Sum(outcome => report[outcome]));
        Assert.True(report.Failed <= 4 * Clients, report.ToString());
        Assert.True(after[Outcome.Ok] == 300, after.ToString());
        Assert.Equal([workers.Single(worker => worker.Slot == 1).ProcessId!.Value], after.ProcessIds);
    }

    [Fact]
    public async Task Under_a_stream_of_new_connections_slots_without_a_worker_cost_no_more_than_what_was_inside_the_dead()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = 3, Arguments = SlowRespawn });
        var slots = await cluster.AllSlotsAsync(3);
        await using var load = LoadRun.Start(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, Clients = Clients });
        await load.MoreAnsweredAsync(500).WaitAsync(Eventually.Limit);

        foreach (var slot in (int[])[1, 2])
        {
            Posix.Signal(slots[slot].Pid, Posix.SigKill);
            await cluster.Log.WaitForAsync($"Worker died: slot {slot}");
            await load.MoreAnsweredAsync(500).WaitAsync(Eventually.Limit);
        }

        var active = await cluster.GetAsync<ReclusterWorkerInfo?[]>("/admin/active");
        var report = await load.StopAsync();

        Assert.Equal([slots[0].Pid, null, null], active.Select(worker => worker?.ProcessId));
        Outcome[] inside = [Outcome.ResetBeforeFirstByteFresh, Outcome.Truncated];
        Assert.Equal(report.Failed, inside.Sum(outcome => report[outcome]));
        Assert.True(report.Failed <= 2 * Clients, report.ToString());
    }
}
