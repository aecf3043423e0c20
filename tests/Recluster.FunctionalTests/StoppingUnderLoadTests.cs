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
            new LoadOptions { Target = cluster.Target, Mode = mode, Clients = 32 });
        await load.MoreAnsweredAsync(200).WaitAsync(Eventually.Limit);

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
        var report = await load.StopAsync();
        Assert.All(report.Counts.Keys, kind => Assert.True(kind is Outcome.Ok or Outcome.Refused, report.ToString()));
    }
}
