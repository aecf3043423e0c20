using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>A stop is no reload: clients see that nobody listens any more. But nothing that was taken on is broken off.</summary>
[Collection(LoadCollection.Name)]
public class StoppingUnderLoadTests
{
    [Theory]
    [InlineData(LoadMode.ConnectionPerRequest)]
    [InlineData(LoadMode.KeepAlive)]
    public async Task A_stop_under_load_breaks_no_request_off(LoadMode mode)
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await using var load = LoadRun.Start(
            new LoadOptions { Target = cluster.Target, Mode = mode, ThinkTime = TimeSpan.FromMilliseconds(2) });
        await load.MoreAnsweredAsync(200).WaitAsync(Eventually.Limit);

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
        var report = await load.StopAsync();

        // A connection can complete its handshake in the kernel after the last sweep of the queue and before the socket is closed.
        Outcome[] allowed = [Outcome.Ok, Outcome.Refused, Outcome.ResetBeforeFirstByteFresh];
        Assert.True(report.Counts.Keys.All(allowed.Contains), report.ToString());
        Assert.True(report[Outcome.ResetBeforeFirstByteFresh] <= 4, report.ToString());
    }
}
