using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>AddRecluster without UseReclusterWorker: it cannot heal, so the master says it once and starts nothing.</summary>
public class HostShapeForgottenTests
{
    [Theory]
    [InlineData("forgotten")]
    [InlineData("forgotten-configure-lambda")]
    [InlineData("forgotten-no-web")]
    public async Task The_master_fails_once_before_it_starts_a_worker(string shape)
    {
        await using var cluster = ClusterProcess.Launch(HostShape.Options(shape) with { Urls = shape == "forgotten-no-web" ? null : "http://127.0.0.1:0" });

        Assert.Equal(1, await cluster.ExitAsync());

        Assert.Equal(0, cluster.Log.Count("Worker started"));
        Assert.Equal(0, cluster.Log.Count("Unhandled exception"));
        Assert.Equal(1, cluster.Log.Count("Hosting failed to start"));
        Assert.Single(cluster.Log.Lines, line => line.StartsWith("Program.cs calls AddRecluster, but not UseReclusterWorker", StringComparison.Ordinal));
        Assert.Empty(cluster.Log.ProcessesOf("Counter"));
    }
}
