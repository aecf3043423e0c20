using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Several hosts in one process: it has one cluster at a time, that of the first host with AddRecluster that starts.</summary>
[Collection(LoadCollection.Name)]
public class HostShapeSeveralTests
{
    [Theory]
    [InlineData("two-with-recluster")]
    [InlineData("two-with-recluster-started")]
    public async Task The_second_host_runs_once_in_the_master_and_says_so_once(string shape)
    {
        await using var cluster = await ClusterProcess.StartAsync(HostShape.Options(shape));
        await cluster.Log.WaitForAsync("SecondCounter started");
        var target = await TargetAsync(cluster, who => who.Generation > 0);
        await cluster.AllSlotsAsync(target: target);
        await cluster.ReloadBySignalAsync();
        await cluster.AllSlotsAsync(target: target);

        var second = await cluster.WhoAsync(await TargetAsync(cluster, who => who.Generation == 0));
        Assert.Equal(cluster.MasterPid, second.Pid);
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());

        Assert.Equal([cluster.MasterPid], cluster.Log.ProcessesOf("SecondCounter"));
        Assert.Equal(4, cluster.Log.ProcessesOf("Counter").Count);
        Assert.Equal(1, cluster.Log.Count("another host of this process is the cluster already"));
        Assert.Equal(1, cluster.Log.Count("warn: "));

        // Master and workers: each Program.cs has come to its end by itself, and none was killed.
        Assert.Equal(5, cluster.Log.Count("Program.cs has come to its end"));
        Assert.Equal(0, cluster.Log.Count("killed"));
    }

    [Fact]
    public async Task A_host_without_AddRecluster_runs_in_every_process_and_ends_with_it()
    {
        await using var cluster = await ClusterProcess.StartAsync(HostShape.Options("one-of-two-with-recluster"));
        var workers = (await cluster.AllSlotsAsync(target: await TargetAsync(cluster, who => who.Generation > 0))).Values.Select(who => who.Pid);

        Assert.Equal(workers.Append(cluster.MasterPid).Order(), cluster.Log.ProcessesOf("SecondCounter").Order());
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Equal(3, cluster.Log.Count("SecondCounter stopped"));
        Assert.Equal(3, cluster.Log.Count("Program.cs has come to its end"));
        Assert.Equal(0, cluster.Log.Count("killed"));
    }

    [Fact]
    public async Task After_the_cluster_has_ended_the_next_host_is_the_next_cluster()
    {
        await using var cluster = await ClusterProcess.StartAsync(HostShape.Options("run-twice"));
        await cluster.AllSlotsAsync();
        var mark = cluster.Log.Mark;
        await cluster.RequestAsync("/end");

        await cluster.Log.WaitForAsync("Cluster started", mark);
        var address = cluster.Addresses[^1];
        await cluster.AllSlotsAsync(target: LoadTarget.Loopback(ClusterProcess.PortOf(address)));
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());

        Assert.Equal(4, cluster.Log.ProcessesOf("Counter").Distinct().Count());
        Assert.Equal(2, cluster.Log.ProcessesOf("MasterCounter").Count);
        Assert.Equal(0, cluster.Log.Count("warn: "));
    }

    /// <summary>The hosts say where they listen in any order. The second one answers with generation 0.</summary>
    private static Task<LoadTarget> TargetAsync(ClusterProcess cluster, Func<ZooIdentity, bool> isIt) => Eventually.GetAsync(
        async () =>
        {
            foreach (var target in cluster.Addresses.Select(address => LoadTarget.Loopback(ClusterProcess.PortOf(address))))
            {
                if (isIt(await cluster.WhoAsync(target)))
                {
                    return target;
                }
            }

            return null;
        },
        () => "the address of the host");
}
