using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>All ways to ask for a reload, and what becomes of the workers.</summary>
public class ReloadTests
{
    [Fact]
    public async Task A_reload_by_SIGUSR2_replaces_every_worker_by_one_of_the_next_generation()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = 3 });
        var before = await cluster.AllSlotsAsync(3);

        await cluster.ReloadBySignalAsync();

        var after = await cluster.AllSlotsAsync(3);
        Assert.All(before.Values, who => Assert.Equal((1, cluster.MasterPid), (who.Generation, who.MasterPid)));
        Assert.All(after.Values, who => Assert.Equal((2, cluster.MasterPid), (who.Generation, who.MasterPid)));
        Assert.Empty(before.Values.Select(who => who.Pid).Intersect(after.Values.Select(who => who.Pid)));
        await cluster.WorkersWhenAsync(workers => workers.Length == 3);
    }

    [Fact]
    public async Task A_worker_that_asks_for_a_reload_is_replaced_itself_and_still_sees_the_result()
    {
        await using var cluster = await ClusterProcess.StartAsync();

        var answer = await cluster.ReloadAsync();

        Assert.Equal(ReloadStatus.Succeeded, answer.Result.Status);
        Assert.Equal(2, answer.Result.Generation);
        Assert.True(answer.Result.Duration > TimeSpan.Zero);
        Assert.Null(answer.Result.Reason);
        Assert.DoesNotContain(answer.Pid, (await cluster.AllSlotsAsync()).Values.Select(who => who.Pid));
        await cluster.Log.WaitForAsync($"Worker exited: slot");
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(answer.Pid), () => "the asking worker exited");
    }

    [Fact]
    public async Task SIGHUP_reloads_where_there_is_no_controlling_terminal()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Command = ["setsid", .. new ZooOptions().Command] });
        var mark = cluster.Log.Mark;

        cluster.Signal(Posix.SigHup);

        await cluster.Log.WaitForAsync("Reload done: generation 2", mark);
        Assert.All((await cluster.AllSlotsAsync()).Values, who => Assert.Equal(2, who.Generation));
    }

    [Fact]
    public async Task SIGHUP_with_a_controlling_terminal_is_a_hang_up_and_ends_the_app()
    {
        // script(1) runs its command in a session of its own on a new terminal.
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Command = ["sh", "-c", "exec script -qec \"$*\" /dev/null", "sh", .. new ZooOptions().Command] });
        var master = ProcessTable.ParentOf((await cluster.WhoAsync()).Pid);
        Assert.NotEqual(cluster.MasterPid, master);

        Posix.Signal(master, Posix.SigHup);

        await cluster.AllGoneAsync();
        Assert.Equal(0, cluster.Log.Count("Reload begun"));
    }

    [Fact]
    public async Task A_burst_of_signals_during_a_reload_becomes_one_further_reload()
    {
        using var gate = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = ["--Zoo:Vice=WaitsForGate", "--Zoo:ViceFrom=2", $"--Zoo:Gate={gate.File("open")}"],
        });
        cluster.Signal(Posix.SigUsr2);
        await cluster.Log.WaitForAsync("Reload begun: generation 2");

        for (var i = 0; i < 5; i++)
        {
            cluster.Signal(Posix.SigUsr2);
            await cluster.WhoAsync();
        }

        await File.WriteAllTextAsync(gate.File("open"), "");
        await cluster.Log.WaitForAsync("Reload done: generation 3");

        // A reload that was still queued would have become generation 4.
        Assert.Equal(4, (await cluster.ReloadAsync()).Result.Generation);
        Assert.Equal(3, cluster.Log.Count("Reload begun"));
    }

    [Fact]
    public async Task Every_worker_can_be_asked_what_the_cluster_looks_like()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = 3 });
        var slots = await cluster.AllSlotsAsync(3);

        var active = await cluster.GetAsync<ReclusterWorkerInfo?[]>("/admin/active");

        Assert.Equal(slots.OrderBy(pair => pair.Key).Select(pair => pair.Value.Pid), active.Select(worker => worker!.ProcessId!.Value));
        Assert.All(active, worker => Assert.Equal(ReclusterWorkerPhase.Active, worker!.Phase));
        Assert.Equal([0, 1, 2], (await cluster.WorkersAsync()).Select(worker => worker.Slot));
    }
}
