using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>Another container than the framework's, with a hosted service that is registered in the container itself.</summary>
[Collection(LoadCollection.Name)]
public class HostShapeContainerTests
{
    [Theory]
    [InlineData("autofac")]
    [InlineData("autofac-startup")]
    [InlineData("grace")]
    public async Task The_container_s_own_hosted_service_runs_in_the_workers_and_not_in_the_master(string shape)
    {
        await using var cluster = await ClusterProcess.StartAsync(HostShape.Options(shape));
        var first = await cluster.AllSlotsAsync();
        await cluster.ReloadBySignalAsync();
        var second = await cluster.AllSlotsAsync();
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());

        var workers = first.Values.Concat(second.Values).Select(who => who.Pid).Order().ToArray();
        Assert.Equal(workers, cluster.Log.ProcessesOf("Counter").Order());
        Assert.Equal(workers, cluster.Log.ProcessesOf("ContainerCounter").Order());
        Assert.Equal([cluster.MasterPid], cluster.Log.ProcessesOf("MasterCounter"));
        Assert.Equal(9, cluster.Log.Count("stopped in pid"));
    }

    [Theory]
    [InlineData("autofac")]
    [InlineData("autofac-startup")]
    [InlineData("grace")]
    public async Task In_single_process_mode_all_hosted_services_run_there(string shape)
    {
        await using var single = ClusterProcess.Launch(HostShape.Options(shape, "--Recluster:Enabled=false"));
        await single.Log.WaitForAsync("Application started");

        Assert.Equal(single.MasterPid, (await single.WhoAsync()).Pid);
        foreach (var service in (string[])["Counter", "ContainerCounter", "MasterCounter"])
        {
            Assert.Equal([single.MasterPid], single.Log.ProcessesOf(service));
        }

        single.Signal(Posix.SigTerm);
        Assert.Equal(0, await single.ExitAsync());
        Assert.Equal(3, single.Log.Count("stopped in pid"));
    }
}
