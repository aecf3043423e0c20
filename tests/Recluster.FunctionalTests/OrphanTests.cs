using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Workers whose master was killed do not keep the app from starting again.</summary>
public class OrphanTests
{
    [Theory]
    [InlineData("NeverRuns", "This build waits for a lock.")]
    [InlineData("NeverReady", "This build never becomes ready.")]
    public async Task A_worker_that_is_still_starting_when_its_master_is_killed_ends_at_once(string vice, string sign)
    {
        await using var cluster = ClusterProcess.Launch(new() { Arguments = [$"--Zoo:Vice={vice}"] });
        await cluster.Log.WaitForAsync(sign);

        cluster.Signal(Posix.SigKill);
        await using var next = await ClusterProcess.StartAsync(new() { Urls = $"http://127.0.0.1:{cluster.Port}" });

        await cluster.AllGoneAsync();
    }

    [Fact]
    public async Task A_worker_whose_thread_pool_is_starved_when_its_master_is_killed_ends_and_the_next_master_waits_for_it()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:HeartbeatTimeout=00:00:04"] });
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        Task request = connection.SendAsync("/starve", Eventually.Limit);
        await cluster.Log.WaitForAsync("Worker not heard of");

        cluster.Signal(Posix.SigKill);
        await using var next = await ClusterProcess.StartAsync(new() { Urls = $"http://127.0.0.1:{cluster.Port}" });

        await cluster.AllGoneAsync();
        await Task.WhenAny(request);
    }
}
