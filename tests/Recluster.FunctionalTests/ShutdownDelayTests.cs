using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>A cluster that was told to stop says so by its health and goes on serving, until ShutdownDelay is over or it is told again.</summary>
public class ShutdownDelayTests
{
    private const string Announced = "Cluster going to stop";
    private const string Begun = "Cluster stopping: ";
    private const string Endless = "--Recluster:ShutdownDelay=00:30:00";

    [Fact]
    public async Task Until_it_is_over_every_worker_serves_and_says_unhealthy()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = [Endless] });

        cluster.Signal(Posix.SigTerm);
        await cluster.Log.WaitForAsync(Announced);

        var unhealthy = new HashSet<int>();
        await Eventually.GetAsync(
            async () =>
            {
                var health = await cluster.GetAsync<Health>("/health");
                if (health is { Status: "Unhealthy", Description: "The cluster is going to stop and wants no new traffic." })
                {
                    unhealthy.Add(health.Pid);
                }

                return unhealthy.Count == 2 ? unhealthy : null;
            },
            () => "both workers say unhealthy");
        await cluster.AllSlotsAsync();
        Assert.Equal(ReloadStatus.Stopping, (await cluster.ReloadAsync()).Result.Status);
        Assert.Equal(0, cluster.Log.Count(Begun));
        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
    }

    [Theory]
    [InlineData(Posix.SigTerm, Posix.SigTerm)]
    [InlineData(Posix.SigInt, Posix.SigInt)]
    [InlineData(Posix.SigTerm, Posix.SigInt)]
    public async Task A_second_signal_skips_the_rest_and_what_is_in_flight_is_answered(int first, int second)
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = [Endless] });
        cluster.Signal(first);
        await cluster.Log.WaitForAsync(Announced);
        var request = cluster.GetAsync<ZooIdentity>($"/wait?file={cluster.Folder.File("go")}");
        await cluster.Log.WaitForAsync("waiting for");

        cluster.Signal(second);
        await cluster.Log.WaitForAsync(Begun);
        await File.WriteAllTextAsync(cluster.Folder.File("go"), "");

        await request;
        Assert.Equal(0, await cluster.ExitAsync());
    }

    [Fact]
    public async Task A_worker_that_dies_meanwhile_is_replaced()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = [Endless] });
        var victim = (await cluster.AllSlotsAsync())[1];
        cluster.Signal(Posix.SigTerm);
        await cluster.Log.WaitForAsync(Announced);
        var mark = cluster.Log.Mark;

        Posix.Signal(victim.Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker ready: slot 1", mark);

        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
    }

    [Fact]
    public async Task Under_load_not_one_request_fails_while_it_lasts_and_none_is_broken_off_after_it()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:ShutdownDelay=00:00:01"] });
        await using var load = LoadRun.Start(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, ThinkTime = TimeSpan.FromMilliseconds(2) });
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        cluster.Signal(Posix.SigTerm);
        await cluster.Log.WaitForAsync(Announced);
        await load.MoreAnsweredAsync(50).WaitAsync(Eventually.Limit);
        var begun = cluster.Log.Count(Begun);

        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Equal((0, 1), (begun, cluster.Log.Count(Begun)));
        var report = await load.StopAsync();
        Outcome[] allowed = [Outcome.Ok, Outcome.Refused, Outcome.ResetBeforeFirstByteFresh];
        Assert.True(report.Counts.Keys.All(allowed.Contains), report.ToString());
        Assert.True(report[Outcome.ResetBeforeFirstByteFresh] <= 4, report.ToString());
    }

    [Fact]
    public async Task The_hosts_shutdown_timeout_begins_after_it()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Recluster:ShutdownDelay=00:00:05", "--shutdownTimeoutSeconds=4"] });
        var request = cluster.GetAsync<ZooIdentity>($"/wait?file={cluster.Folder.File("go")}");
        await cluster.Log.WaitForAsync("waiting for");

        cluster.Signal(Posix.SigTerm);

        // Had the host begun to count at the signal, its patience would have been over first, and the workers killed.
        await cluster.Log.WaitForAsync("Cluster stopping: 2 workers have 00:00:04 to finish.");
        await File.WriteAllTextAsync(cluster.Folder.File("go"), "");
        await request;
        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Equal(0, cluster.Log.Count("killed"));
    }

    private sealed record Health(string Status, string Description, int Pid);
}
