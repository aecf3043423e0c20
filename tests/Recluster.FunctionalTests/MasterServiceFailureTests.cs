using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>A service once per cluster that fails does not take the cluster with it, unless it was asked to; then the exit code says so.</summary>
[Collection(LoadCollection.Name)]
public class MasterServiceFailureTests
{
    private const string Name = "WorkerZoo.BadMasterService";

    [Theory]
    [InlineData("StartThrows", "This service throws at its start.")]
    [InlineData("ExecuteThrows", "This service throws later.")]
    public async Task It_is_started_again_until_it_runs_and_health_says_so(string how, string error)
    {
        using var gates = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = [$"--Zoo:MasterService={how}", $"--Zoo:Gate={gates.Root}/gate", "--Recluster:RespawnDelay=00:00:00.2"],
        });
        await cluster.Log.WaitForAsync($"Master service {Name} failed. The cluster goes on; the service is started again in");
        await cluster.Log.WaitForAsync("bad master service run 3");
        var health = await HealthWhenAsync(cluster, "Degraded");
        Assert.Equal($"{Name}: InvalidOperationException: {error}", health.Data["failedMasterServices"]);
        Assert.Contains($"Master services that do not run: {Name}", health.Description, StringComparison.Ordinal);

        File.WriteAllText($"{gates.Root}/gate", "");

        await cluster.Log.WaitForAsync($"Master service {Name} runs again.");
        await HealthWhenAsync(cluster, "Healthy");
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
    }

    [Theory]
    [InlineData("StartThrows", "This service throws at its start.")]
    [InlineData("ExecuteThrowsAtGate", "This service throws later.")]
    public async Task With_StopCluster_the_cluster_ends_in_order_with_an_exit_code_that_is_not_0(string how, string error)
    {
        using var gates = new TemporaryFolder();
        await using var cluster = ClusterProcess.Launch(new()
        {
            Arguments = [$"--Zoo:MasterService={how}", $"--Zoo:Gate={gates.Root}/gate", "--Recluster:MasterServiceFailure=StopCluster"],
        });
        if (how != "StartThrows")
        {
            await cluster.Log.WaitForAsync("Cluster started");
            File.WriteAllText($"{gates.Root}/gate", "");
            await cluster.Log.WaitForAsync("Cluster stopping");
        }

        Assert.NotEqual(0, await cluster.ExitAsync());

        await cluster.Log.WaitForAsync($"Master service {Name} failed. The cluster stops, as MasterServiceFailure is StopCluster.");
        await cluster.Log.WaitForAsync($"{Name} failed and Recluster:MasterServiceFailure is StopCluster. InvalidOperationException: {error}");
        Assert.Equal(0, cluster.Log.Count("Worker died"));
    }

    [Fact]
    public async Task One_that_hangs_in_its_start_is_told_and_the_cluster_starts_without_it()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Zoo:MasterService=HangsInStart", "--Recluster:StartTimeout=00:00:15"] });

        await cluster.Log.WaitForAsync($"Master service {Name} has been in StartAsync for 00:00:10.");
        await cluster.Log.WaitForAsync($"Master service {Name} has not finished StartAsync within StartTimeout (00:00:15).");
        var health = await HealthWhenAsync(cluster, "Degraded");
        Assert.Contains("has not finished StartAsync", health.Data["failedMasterServices"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HangsInStop", "00:01:00")]
    [InlineData("HangsInStart", "00:00:15")]
    public async Task One_that_does_not_stop_holds_the_end_up_for_the_shutdown_timeout_and_no_longer(string how, string startTimeout)
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = [$"--Zoo:MasterService={how}", $"--Recluster:StartTimeout={startTimeout}", "--shutdownTimeoutSeconds=2"],
        });

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
        await cluster.Log.WaitForAsync($"Master service {Name} has not stopped within HostOptions.ShutdownTimeout.");
    }

    [Fact]
    public async Task One_that_completes_is_not_started_again_and_the_cluster_goes_on()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Zoo:MasterService=Completes"] });

        await cluster.Log.WaitForAsync($"Master service {Name} has completed.");
        await cluster.ReloadBySignalAsync();

        await HealthWhenAsync(cluster, "Healthy");
        Assert.Equal(1, cluster.Log.Count("bad master service run"));
    }

    [Theory]
    [InlineData(true, 1, 2)]
    [InlineData(false, 1, 0)]
    public async Task Registered_twice_and_as_a_hosted_service_too_it_runs_once_in_the_master(bool isCluster, int inMaster, int inWorkers)
    {
        await using var cluster = ClusterProcess.Launch(new()
        {
            Arguments = ["--Zoo:MasterService=Runs", "--Zoo:MasterServiceTwice=true", $"--Recluster:Enabled={isCluster}"],
        });
        await cluster.Log.WaitForAsync("Application started");

        var runs = cluster.Log.Lines.Where(line => line.StartsWith("bad master service run", StringComparison.Ordinal)).ToArray();
        Assert.Equal(inMaster, runs.Count(line => line.EndsWith($"in pid {cluster.MasterPid}", StringComparison.Ordinal)));
        Assert.Equal(inWorkers, runs.Count(line => !line.EndsWith($"in pid {cluster.MasterPid}", StringComparison.Ordinal)));
    }

    private static Task<Health> HealthWhenAsync(ClusterProcess cluster, string status) => Eventually.GetAsync(
        async () => await cluster.GetAsync<Health>("/health") is var health && health.Status == status ? health : null,
        () => $"health {status}. The output:{Environment.NewLine}{cluster.Log.Text}");

    private sealed record Health(string Status, string Description, Dictionary<string, string> Data);
}
