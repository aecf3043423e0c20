using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>
/// Every way to build and run a host: a cluster, or a single process with one warning that says why. Each row of the table "Host shapes"
/// in docs/operations.md has its case here or in one of the classes named HostShape*.
/// </summary>
[Collection(LoadCollection.Name)]
public class HostShapeTests
{
    [Theory]
    [InlineData("create-builder")]
    [InlineData("create-slim-builder")]
    [InlineData("create-empty-builder")]
    [InlineData("run")]
    [InlineData("run-url")]
    [InlineData("start-and-wait-for-shutdown")]
    [InlineData("add-recluster-twice")]
    [InlineData("services-concurrently")]
    [InlineData("validate-scopes")]
    [InlineData("use-startup")]
    [InlineData("configure-lambda")]
    [InlineData("configure-services-before-web-host")]
    [InlineData("configure-services-after-web-host")]
    [InlineData("configure-web-host")]
    [InlineData("host-builder-with-defaults")]
    [InlineData("run-console")]
    [InlineData("console-lifetime-before")]
    [InlineData("console-lifetime-after")]
    [InlineData("use-systemd")]
    [InlineData("use-windows-service")]
    [InlineData("custom-lifetime")]
    [InlineData("built-and-never-started")]
    public async Task A_web_host_is_a_cluster_that_serves_reloads_and_stops(string shape)
    {
        var isUrlOfTheShape = shape == "run-url";
        await using var cluster = await ClusterProcess.StartAsync(
            HostShape.Options(shape) with { Urls = isUrlOfTheShape ? null : "http://127.0.0.1:0" });
        var first = await cluster.AllSlotsAsync();
        await cluster.ReloadBySignalAsync();
        var second = await cluster.AllSlotsAsync();

        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());

        AssertWorkers(cluster, [.. first.Values.Concat(second.Values).Select(who => who.Pid)]);
    }

    [Theory]
    [InlineData("create-application-builder")]
    [InlineData("create-empty-application-builder")]
    [InlineData("bare-host-builder")]
    public async Task A_host_without_a_web_server_is_a_cluster_that_reloads_and_stops(string shape)
    {
        await using var cluster = await ClusterProcess.StartAsync(HostShape.Options(shape) with { Urls = null });
        await cluster.ReloadBySignalAsync();
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());

        Assert.Equal(4, cluster.Log.ProcessesOf("Counter").Distinct().Count());
        AssertWorkers(cluster, cluster.Log.ProcessesOf("Counter"));
    }

    [Theory]
    [InlineData("web-host-default-builder", "AddRecluster was called on services without a generic host, such as those of the legacy WebHost.")]
    [InlineData("web-host-builder", "AddRecluster was called on services without a generic host, such as those of the legacy WebHost.")]
    [InlineData("stubborn-container", "does not let Recluster choose Kestrel's transports.")]
    [InlineData("kestrel-server-by-hand", "a KestrelServer that the app registered itself")]
    public async Task A_host_that_cannot_be_led_runs_as_a_single_process_with_one_warning(string shape, string reason)
    {
        await using var single = ClusterProcess.Launch(HostShape.Options(shape));
        await single.Log.WaitForAsync("Application started");

        Assert.Equal(single.MasterPid, (await single.WhoAsync()).Pid);
        Assert.Equal([single.MasterPid], single.LivingProcesses);
        single.Signal(Posix.SigTerm);
        Assert.Equal(0, await single.ExitAsync());

        Assert.Equal(1, single.Log.Count("Recluster runs the app as a single process"));
        Assert.Equal(1, single.Log.Count("warn: Recluster.Master[21]"));
        Assert.Equal(1, single.Log.Count(reason));
        Assert.Equal([single.MasterPid], single.Log.ProcessesOf("Counter"));
        Assert.Equal([single.MasterPid], single.Log.ProcessesOf("MasterCounter"));
    }

    [Fact]
    public async Task A_host_that_is_built_and_never_started_starts_nothing()
    {
        await using var process = ClusterProcess.Launch(HostShape.Options("never-run"));

        Assert.Equal(0, await process.ExitAsync());

        Assert.Equal([$"Program.cs has come to its end in pid {process.MasterPid}."], process.Log.Lines);
    }

    /// <summary>Hosted services have run once in each worker and nowhere else, those of the master once and there, and nothing was warned of.</summary>
    private static void AssertWorkers(ClusterProcess cluster, IReadOnlyList<int> workers)
    {
        Assert.Equal(workers.Order(), cluster.Log.ProcessesOf("Counter").Order());
        Assert.DoesNotContain(cluster.MasterPid, workers);
        Assert.Equal([cluster.MasterPid], cluster.Log.ProcessesOf("MasterCounter"));
        Assert.Equal(5, cluster.Log.Count("stopped in pid"));
        Assert.True(cluster.Log.Count("warn: ") + cluster.Log.Count("fail: ") == 0, cluster.Log.Text);
    }
}
