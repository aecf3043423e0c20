using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Nothing is left behind in the master, and nothing leaks into processes that the app starts.</summary>
public class DescriptorTests
{
    [Fact]
    public async Task Ten_reloads_leave_the_master_with_as_many_descriptors_as_one()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await cluster.ReloadBySignalAsync();
        var afterOne = await SettledAsync(cluster);

        for (var i = 0; i < 9; i++)
        {
            await cluster.ReloadBySignalAsync();
        }

        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
        await Eventually.TrueAsync(
            () => Descriptors(cluster).Count == afterOne,
            () => $"{Descriptors(cluster).Count} descriptors after 10 reloads, {afterOne} after one: {string.Join(" ", Descriptors(cluster))}");
    }

    [Fact]
    public async Task A_process_that_the_app_starts_inherits_no_socket_and_is_no_worker()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var children = new List<int>();
        try
        {
            // Within reloads as well, where the master and the workers have the most descriptors in their hands.
            for (var generation = 1; generation <= 2; generation++)
            {
                var reload = cluster.ReloadAsync();
                do
                {
                    children.Add((await cluster.GetAsync<ChildAnswer>("/child")).Child);
                }
                while (!reload.IsCompleted && children.Count < 100);
                Assert.Equal(ReloadStatus.Succeeded, (await reload).Result.Status);
            }

            Assert.All(children, child => Assert.DoesNotContain(
                ProcessTable.DescriptorsOf(child), target => target.StartsWith("socket:", StringComparison.Ordinal)));
            Assert.All(children, child => Assert.DoesNotContain("RECLUSTER_", File.ReadAllText($"/proc/{child}/environ"), StringComparison.Ordinal));
        }
        finally
        {
            children.ForEach(child => Posix.Signal(child, Posix.SigKill));
        }
    }

    [Fact]
    public async Task A_child_of_a_killed_worker_does_not_hold_the_port()
    {
        await using var first = await ClusterProcess.StartAsync();
        var child = (await first.GetAsync<ChildAnswer>("/child")).Child;
        try
        {
            foreach (var processId in (int[])[first.MasterPid, .. first.LivingProcesses.Where(id => id != first.MasterPid)])
            {
                Posix.Signal(processId, Posix.SigKill);
            }

            await using var second = await ClusterProcess.StartAsync(new() { Urls = $"http://127.0.0.1:{first.Port}" });

            Assert.True(ProcessTable.IsAlive(child));
            Assert.Equal(second.MasterPid, (await second.WhoAsync()).MasterPid);
        }
        finally
        {
            Posix.Signal(child, Posix.SigKill);
        }
    }

    /// <summary>The number of the master's descriptors once the reload before has been cleared away: two looks that agree.</summary>
    private static async Task<int> SettledAsync(ClusterProcess cluster)
    {
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
        var last = -1;
        await Eventually.TrueAsync(
            () =>
            {
                var before = last;
                last = Descriptors(cluster).Count;
                return last == before;
            },
            () => "the number of descriptors has settled");
        return last;
    }

    /// <summary>Without files: the runtime opens an assembly when it is first needed, and keeps it open.</summary>
    private static IReadOnlyList<string> Descriptors(ClusterProcess cluster) =>
        [.. ProcessTable.DescriptorsOf(cluster.MasterPid).Where(target => !target.StartsWith('/'))];

    private sealed record ChildAnswer(int Child);
}
