using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>The master as PID 1, as in a container without an init.</summary>
public class FirstProcessTests
{
    [NamespaceFact]
    public async Task Orphans_of_workers_leave_no_zombies_and_exit_causes_stay_known()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Command = NewNamespace.Command, Workers = 1 });
        var master = ProcessTable.ChildrenOf(cluster.MasterPid).Single();

        await cluster.RequestAsync("/orphan");
        await Eventually.TrueAsync(() => ProcessTable.ZombiesOf(master).Count == 1, () => "an orphan that has ended");
        await Eventually.TrueAsync(() => ProcessTable.ZombiesOf(master).Count == 0, () => "nothing of it left");
        Posix.Signal(ProcessTable.ChildrenOf(master).Single(), Posix.SigKill);

        await cluster.Log.WaitForAsync("generation 1: signal SIGKILL");
    }

    [NamespaceFact(Kernel = "6.15")]
    public async Task Exit_causes_stay_known_though_Program_cs_has_started_a_process()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = NewNamespace.Command,
            Environment = new Dictionary<string, string?> { ["ZOO_EARLY"] = "Child" },
            Workers = 8,
            Arguments = ["--Recluster:MaxConcurrentStarts=8"],
        });
        await cluster.Log.WaitForAsync("own child ended with 7");

        // Who is the first to take an exit status, the runtime or the master, is chance.
        var dead = 0;
        foreach (var worker in ProcessTable.ChildrenOf(ProcessTable.ChildrenOf(cluster.MasterPid).Single()))
        {
            Posix.Signal(worker, Posix.SigKill);
            dead++;
            await Eventually.TrueAsync(() => cluster.Log.Count("Worker died") == dead, () => $"{dead} deaths");
        }

        Assert.True(cluster.Log.Count("generation 1: signal SIGKILL") == 8, cluster.Log.Text);
    }

    [NamespaceFact]
    public async Task A_process_that_Program_cs_has_started_keeps_its_exit_code()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = NewNamespace.Command,
            Environment = new Dictionary<string, string?> { ["ZOO_EARLY"] = "Child" },
            Workers = 1,
        });

        await cluster.Log.WaitForAsync("own child ended with 7");
        var mark = cluster.Log.Mark;
        Posix.Signal(ProcessTable.ChildrenOf(ProcessTable.ChildrenOf(cluster.MasterPid).Single()).Single(), Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker ready", mark);
    }
}
