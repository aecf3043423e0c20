using System.Reflection;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>A host without a web server: N copies of a queue consumer.</summary>
public class NonWebHostTests
{
    private static readonly string Dll = Path.GetFullPath(Path.Combine(
        typeof(NonWebHostTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "WorkerZoo.NoWeb").Value!,
        "WorkerZoo.NoWeb.dll"));

    internal static readonly ZooOptions Options = new() { Command = [ZooBuild.DotnetHost, Dll], Urls = null, WarmUp = true };

    [Fact]
    public async Task N_copies_run_and_a_reload_replaces_them_and_a_stop_ends_all()
    {
        await using var cluster = await ClusterProcess.StartAsync(Options);
        await AllSayAsync(cluster, "started", 1);

        await cluster.ReloadBySignalAsync();
        await AllSayAsync(cluster, "started", 2);
        await AllSayAsync(cluster, "draining", 1);
        await AllSayAsync(cluster, "stopped", 1);
        Assert.Equal(0, cluster.Log.Lines.Count(line => IsSaid(line, "draining", 0, 2)));

        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());

        await AllSayAsync(cluster, "stopped", 2);
        Assert.Equal(4, cluster.Log.Count("consumer started"));
        Assert.Equal(4, cluster.Log.Count("consumer warmed up"));
        Assert.Equal(4, cluster.Log.Count("consumer stopped"));
        Assert.Equal(0, cluster.Log.Count($"pid {cluster.MasterPid}, generation"));
    }

    [Fact]
    public async Task In_single_process_mode_it_runs_alone()
    {
        await using var cluster = ClusterProcess.Launch(Options with { Arguments = ["--Recluster:Enabled=false"] });

        Assert.Equal(
            $"consumer started: slot 0, pid {cluster.MasterPid}, generation 0, clustered False, WORKER_ID none",
            await cluster.Log.WaitForAsync("consumer started"));
        await cluster.Log.WaitForAsync("Application started");
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Equal(1, cluster.Log.Count("consumer stopped"));
    }

    private static Task AllSayAsync(ClusterProcess cluster, string what, int generation) => Eventually.TrueAsync(
        () => new[] { 0, 1 }.All(slot => cluster.Log.Lines.Count(line => IsSaid(line, what, slot, generation)) == 1),
        () => $"both slots have {what} in generation {generation}. The output:{Environment.NewLine}{cluster.Log.Text}");

    private static bool IsSaid(string line, string what, int slot, int generation) =>
        line.StartsWith($"consumer {what}: slot {slot}, pid ", StringComparison.Ordinal)
        && line.EndsWith($", generation {generation}, clustered True, WORKER_ID {slot}", StringComparison.Ordinal);
}
