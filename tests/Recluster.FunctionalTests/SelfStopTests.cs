using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>A worker whose app ends its own host: it is replaced first, and then drains as in a reload.</summary>
[Collection(LoadCollection.Name)]
public class SelfStopTests
{
    private const string Cause = "the app stopped itself (StopApplication, StopAsync, or a hosted service that threw)";

    [Theory]
    [InlineData("/stop/application")]
    [InlineData("/stop/throw")]
    [InlineData("/stop/host")]
    public async Task A_worker_that_ends_itself_fails_no_request(string path)
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await using var load = LoadRun.Start(new LoadOptions
        {
            Target = cluster.Target,
            Clients = 8,
            ThinkTime = TimeSpan.FromMilliseconds(20),
        });
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        var who = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));

        await connection.SendAsync(path, Eventually.Limit);
        await cluster.Log.WaitForAsync($"Worker stops: slot {who.Slot}, pid {who.Pid}, generation 1: {Cause}. It serves until its successor");
        var last = await connection.SendAsync("/", Eventually.Limit);
        Assert.Equal(who.Pid, ClusterProcess.Parse<ZooIdentity>(last).Pid);
        await connection.DisposeAsync();
        await cluster.Log.WaitForAsync($"Worker exited: slot {who.Slot}, pid {who.Pid}, generation 1: {Cause}: ");
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, $"{report}{Environment.NewLine}{cluster.Log.Text}");
        Assert.NotEqual(who.Pid, (await cluster.AllSlotsAsync())[who.Slot].Pid);
    }

    [Fact]
    public async Task Workers_that_end_themselves_again_and_again_fail_no_request_and_are_replaced_ever_more_slowly()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Workers = 1,
            Arguments = ["--Zoo:StopsItself=1000", "--Recluster:RespawnDelay=00:00:02", "--Recluster:MaxRespawnDelay=00:00:30"],
        });
        await using var load = LoadRun.Start(
            new LoadOptions { Target = cluster.Target, ThinkTime = TimeSpan.FromMilliseconds(5) });

        await Eventually.TrueAsync(() => cluster.Log.Count("Worker stops: ") >= 3, () => $"three that ended themselves: {cluster.Log.Text}");

        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, $"{report}{Environment.NewLine}{cluster.Log.Text}");
        Assert.True(report.ProcessIds.Count >= 3, report.ToString());
        var seconds = cluster.Log.Lines.Where(line => line.Contains("Worker stops: ", StringComparison.Ordinal))
            .Select(line => double.Parse(line.Split("is started in ")[1].Split(' ')[0], null)).ToArray();
        Assert.True(seconds[2] > seconds[0], string.Join(", ", seconds));
        Assert.Equal(0, cluster.Log.Count("Worker died"));
    }

    [Fact]
    public async Task A_new_build_that_ends_itself_before_it_serves_is_rolled_back_with_the_cause_and_never_begins_its_work()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = ["--Zoo:StopsItself=300", "--Zoo:ViceFrom=2", "--Recluster:MinUptime=00:00:05"],
        });
        var before = await cluster.AllSlotsAsync();

        var result = (await cluster.ReloadAsync()).Result;

        Assert.Equal(ReloadStatus.RolledBack, result.Status);
        Assert.Contains($"ended: {Cause}: exit code 0.", result.Reason, StringComparison.Ordinal);
        Assert.Equal(before.Values.Select(who => who.Pid).Order(), (await cluster.AllSlotsAsync()).Values.Select(who => who.Pid).Order());
        Assert.Equal(2, cluster.Log.Count("work begins: slot"));
        Assert.Equal(0, cluster.Log.Lines.Count(line =>
            line.StartsWith("work begins", StringComparison.Ordinal) && line.EndsWith("generation 2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_first_generation_that_ends_itself_ends_the_app_with_the_cause()
    {
        await using var cluster = ClusterProcess.Launch(new()
        {
            Arguments = ["--Zoo:StopsItself=100", "--Zoo:Vice=ReadyAtGate", "--Recluster:ReadyWhen=Ready", "--Recluster:RespawnDelay=00:00:00.1"],
        });

        Assert.NotEqual(0, await cluster.ExitAsync());

        Assert.Contains(Cause, await cluster.Log.WaitForAsync("The cluster could not start. The worker of slot"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_begins_with_the_promotion_in_a_worker_and_with_the_start_in_a_single_process()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await Eventually.TrueAsync(() => cluster.Log.Count("work begins: slot") == 2, () => cluster.Log.Text);

        await cluster.ReloadBySignalAsync();

        await Eventually.TrueAsync(() => cluster.Log.Count("work begins: slot") == 4, () => cluster.Log.Text);
        await using var alone = ClusterProcess.Launch(new() { Arguments = ["--Recluster:Enabled=false"] });
        await alone.Log.WaitForAsync($"work begins: slot 0, pid {alone.MasterPid}, generation 0");
    }
}
