using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Workers that have served enough are replaced, the successor first. HeartbeatTimeout is small, as limits are looked at with each beat.</summary>
[Collection(LoadCollection.Name)]
public class RecycleTests
{
    private const string AtAnyAge = "--Recluster:MinRecycleAge=00:00:00";

    [Theory]
    [InlineData("--Recluster:MaxRequests=200", "MaxRequests: it has served ", LoadMode.ConnectionPerRequest)]
    [InlineData("--Recluster:MaxAge=00:00:03", "MaxAge: it has run for ", LoadMode.KeepAlive)]
    public async Task Under_load_both_workers_are_replaced_and_no_request_fails(string limit, string reason, LoadMode mode)
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = [limit, AtAnyAge, "--Recluster:HeartbeatTimeout=00:00:02"] });
        var before = await cluster.AllSlotsAsync();
        await using var load = LoadRun.Start(new LoadOptions
        {
            Target = cluster.Target,
            Mode = mode,
            ThinkTime = TimeSpan.FromMilliseconds(5),
        });

        foreach (var who in before.Values)
        {
            await AssertReplacedAsync(cluster, who, reason);
        }

        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
        Assert.Equal(0, cluster.Log.Count("Worker died"));
    }

    [Fact]
    public async Task A_worker_that_has_grown_too_large_is_replaced_and_the_other_stays()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = [$"--Recluster:MaxMemoryBytes={300 << 20}", AtAnyAge, "--Recluster:HeartbeatTimeout=00:00:02"] });
        var before = await cluster.AllSlotsAsync();
        await using var load = LoadRun.Start(new LoadOptions
        {
            Target = cluster.Target,
            Mode = LoadMode.KeepAlive,
            ThinkTime = TimeSpan.FromMilliseconds(5),
        });
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        var large = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));

        Assert.Equal(200, (await connection.SendAsync("/keep?megabytes=400", Eventually.Limit, close: true)).Status);
        await AssertReplacedAsync(cluster, large, "MaxMemoryBytes: ");

        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
        var other = before[1 - large.Slot];
        Assert.Equal(other, (await cluster.AllSlotsAsync())[other.Slot]);
    }

    [Fact]
    public async Task A_worker_that_asks_for_its_replacement_gets_it_first_and_the_other_stays()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var before = await cluster.AllSlotsAsync();
        await using var load = LoadRun.Start(new LoadOptions
        {
            Target = cluster.Target,
            Mode = LoadMode.ConnectionPerRequest,
            ThinkTime = TimeSpan.FromMilliseconds(5),
        });
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        var tired = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));

        await connection.SendAsync("/replace?reason=its-pool-is-poisoned", Eventually.Limit, "POST", close: true);
        await AssertReplacedAsync(cluster, tired, "its-pool-is-poisoned");

        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
        var after = await cluster.AllSlotsAsync();
        Assert.Equal(before[1 - tired.Slot], after[1 - tired.Slot]);
        Assert.Equal(1, after[tired.Slot].Generation);
    }

    private static async Task AssertReplacedAsync(ClusterProcess cluster, ZooIdentity who, string reason)
    {
        await cluster.Log.WaitForAsync($"Worker asks to be replaced: slot {who.Slot}, pid {who.Pid}, generation 1: {reason}");
        await cluster.Log.WaitForAsync($"Worker exited: slot {who.Slot}, pid {who.Pid}, generation 1: exit code 0");
        var lines = cluster.Log.Lines.ToList();
        var asked = lines.FindIndex(line => line.Contains($"Worker asks to be replaced: slot {who.Slot}, pid {who.Pid}", StringComparison.Ordinal));
        var ready = lines.FindIndex(asked, line => line.Contains($"Worker ready: slot {who.Slot}, ", StringComparison.Ordinal));
        var gone = lines.FindIndex(line => line.Contains($"Worker exited: slot {who.Slot}, pid {who.Pid}", StringComparison.Ordinal));
        Assert.True(asked < ready && ready < gone, cluster.Log.Text);
    }
}
