using System.Globalization;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Many reloads leave nothing behind. RECLUSTER_LONG is how many; 15 without it.</summary>
[Collection(LoadCollection.Name)]
public class LongRunTests
{
    private const int WarmUp = 5;
    private const int Workers = 2;

    private static readonly int Reloads = int.Parse(Environment.GetEnvironmentVariable("RECLUSTER_LONG") ?? "15", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Many_reloads_under_light_load_fail_no_request_and_the_master_levels_off()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await using var load = LoadRun.Start(new LoadOptions
        {
            Target = cluster.Target,
            Mode = LoadMode.KeepAlive,
            ThinkTime = TimeSpan.FromMilliseconds(20),
        });
        await ReloadAsync(cluster, load, WarmUp);
        var (descriptors, threads, resident) = (Descriptors(cluster), Status(cluster, "Threads"), Status(cluster, "VmRSS"));

        await ReloadAsync(cluster, load, Reloads - WarmUp);

        await EventuallyAtMostAsync("descriptors", () => Descriptors(cluster), descriptors + 2);
        await EventuallyAtMostAsync("threads", () => Status(cluster, "Threads"), threads + 2);
        await EventuallyAtMostAsync("kB resident", () => Status(cluster, "VmRSS"), resident + (20 << 10));
        var workers = (await cluster.WorkersAsync()).Select(worker => worker.ProcessId!.Value).Order();
        Assert.Equal(workers, ProcessTable.ChildrenOf(cluster.MasterPid).Order());
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
        Assert.True(report.ProcessIds.Count > Reloads, $"New workers have answered: {report}");
        Assert.Equal(Reloads + 1, (await cluster.WhoAsync()).Generation);
        Assert.Equal(0, cluster.Log.Count("Worker died"));
    }

    /// <summary>Up to the exit of the last worker that drained, so that two looks at the master see the same.</summary>
    private static async Task ReloadAsync(ClusterProcess cluster, LoadRun load, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await cluster.ReloadBySignalAsync();
            await load.MoreAnsweredAsync(20).WaitAsync(Eventually.Limit);
        }

        await cluster.WorkersWhenAsync(workers => workers.Length == Workers);
    }

    private static Task EventuallyAtMostAsync(string what, Func<long> ask, long limit) =>
        Eventually.TrueAsync(() => ask() <= limit, () => $"at most {limit} {what} in the master after {Reloads} reloads, now {ask()}");

    /// <summary>Without files: the runtime opens an assembly when it is first needed, and keeps it open.</summary>
    private static long Descriptors(ClusterProcess cluster) =>
        ProcessTable.DescriptorsOf(cluster.MasterPid).Count(target => !target.StartsWith('/'));

    /// <summary>A number from /proc/PID/status (proc(5)).</summary>
    private static long Status(ClusterProcess cluster, string name)
    {
        var line = File.ReadLines($"/proc/{cluster.MasterPid}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
