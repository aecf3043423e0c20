using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>What a worker is told of the cluster's life.</summary>
public class EventTests
{
    [Fact]
    public async Task A_worker_sees_a_reload_from_its_beginning_to_its_end_in_order()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var old = (await cluster.AllSlotsAsync()).Values.Select(who => who.Pid).ToArray();
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        var watching = connection.SendAsync("/events/until?kind=ReloadSucceeded", Eventually.Limit);
        await cluster.Log.WaitForAsync("waiting for ReloadSucceeded in pid");

        await cluster.ReloadBySignalAsync();

        var seen = ClusterProcess.Parse<ReclusterEvent[]>(await watching).SkipWhile(e => e.Kind != ReclusterEventKind.ReloadBegun).ToArray();
        Assert.Equal((ReclusterEventKind.ReloadBegun, 2), (seen[0].Kind, seen[0].Generation));
        Assert.Equal((ReclusterEventKind.ReloadSucceeded, 2), (seen[^1].Kind, seen[^1].Generation));
        Assert.Equal((ReloadStatus.Succeeded, 2), (seen[^1].Reload!.Status, seen[^1].Reload!.Generation));
        Assert.Equal(seen.Select(e => e.Time).Order(), seen.Select(e => e.Time));
        Assert.Equal(
            old.Order(), seen.Where(e => e.Kind == ReclusterEventKind.WorkerDraining).Select(e => e.Worker!.ProcessId!.Value).Order());
        foreach (var who in (await cluster.AllSlotsAsync()).Values)
        {
            Assert.Equal(
                [ReclusterEventKind.WorkerStarted, ReclusterEventKind.WorkerReady, ReclusterEventKind.WorkerPromoted],
                seen.Where(e => e.Worker?.ProcessId == who.Pid).Select(e => e.Kind));
            Assert.All(seen.Where(e => e.Worker?.ProcessId == who.Pid), e => Assert.Equal((who.Slot, 2), (e.Worker!.Slot, e.Worker.Generation)));
        }
    }

    [Fact]
    public async Task A_worker_sees_how_others_end()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var slots = await cluster.AllSlotsAsync();

        Posix.Signal(slots[1].Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker died: slot 1");

        var exited = await Eventually.GetAsync(
            async () => (await cluster.GetAsync<ReclusterEvent[]>("/events")).FirstOrDefault(e => e.Kind == ReclusterEventKind.WorkerExited),
            () => "the exit is told");
        Assert.Equal((slots[1].Pid, 1), (exited.Worker!.ProcessId, exited.Worker.Slot));
        Assert.Contains("signal SIGKILL", exited.Reason, StringComparison.Ordinal);
        Assert.Equal((Posix.SigKill, null, false), (exited.Signal, exited.ExitCode, exited.IsExpected));
    }

    [Fact]
    public async Task The_master_sees_the_same()
    {
        await using var cluster = await ClusterProcess.StartAsync();

        await cluster.ReloadBySignalAsync();

        await cluster.Log.WaitForAsync("once per cluster saw generation 2");
    }
}
