using System.Text;
using Microsoft.Extensions.Logging;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Master;

public class LoopWorkerTests
{
    [Fact]
    public async Task A_dead_worker_is_respawned_when_its_delay_is_over_and_not_before()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();
        workers[1].Process.Exit(ExitStatus.Exited(3));
        Assert.Contains("exit code 3", await harness.Log.NextAsync("WorkerDied"), StringComparison.Ordinal);

        await harness.PassAsync(harness.Settings.RespawnDelay - TimeSpan.FromMilliseconds(1));
        await harness.SettleAsync(workers[0]);
        Assert.False(harness.TryNextWorker(out _));
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal((1, 1), (await harness.NextWorkerAsync()) is var next ? (next.Slot, next.Generation) : default);
    }

    [Fact]
    public async Task While_a_slot_is_empty_its_sibling_is_told_to_accept_for_it()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();
        await LoopHarness.SnapshotAsync(workers[0], snapshot => !snapshot.ActiveWorkers.Contains(null));

        workers[1].Process.Exit(ExitStatus.Signaled(11));

        await LoopHarness.SnapshotAsync(workers[0], snapshot => snapshot.ActiveWorkers[1] is null);
        Assert.Equal([0, 1], (await workers[0].ReceiveAsync<Message.Assign>()).Slots);
    }

    [Theory]
    [InlineData("assign x y\n")]
    [InlineData("assigned nonsense\n")]
    [InlineData("reload -1\n")]
    public async Task A_worker_that_sends_nonsense_is_killed_and_replaced_and_the_loop_lives(string garbage)
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();

        await workers[1].Process.ChildEnd.WriteAsync(Encoding.UTF8.GetBytes(garbage));
        await harness.Log.NextAsync("ProtocolError");
        var next = await harness.PassTimeUntilAsync(harness.NextWorkerAsync());

        Assert.Equal(1, next.Slot);
        Assert.Equal(ExitStatus.Signaled(9), await workers[1].Process.Exited.InTime());
        Assert.True((await harness.Control.ReloadAsync().InTime()).Succeeded);
    }

    [Fact]
    public async Task A_worker_that_sends_a_frame_without_end_is_killed_and_replaced()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();

        _ = FloodAsync();
        Assert.Contains("sent what is no message", await harness.Log.NextAsync("ProtocolError"), StringComparison.Ordinal);
        var next = await harness.PassTimeUntilAsync(harness.NextWorkerAsync());

        Assert.Equal(1, next.Slot);
        Assert.Equal(ExitStatus.Signaled(9), await workers[1].Process.Exited.InTime());

        async Task FloodAsync()
        {
            var block = Encoding.UTF8.GetBytes(new string('x', 10_000));
            while (!workers[1].Process.Killed.IsCompleted)
            {
                await workers[1].Process.ChildEnd.WriteAsync(block);
            }
        }
    }

    [Fact]
    public async Task Verbs_of_a_newer_worker_are_passed_over()
    {
        using var harness = new LoopHarness(1);
        var workers = await harness.RunAsync();

        await workers[0].Process.ChildEnd.WriteAsync("dance 1 2 3\n"u8.ToArray());
        workers[0].Send(new Message.Reload(1));
        await harness.NextWorkerAsync();

        Assert.False(workers[0].Process.Killed.IsCompleted);
    }

    [Fact]
    public async Task A_worker_that_closes_its_channel_and_lives_on_is_killed_and_replaced()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();

        await workers[1].Process.ChildEnd.DisposeAsync();
        var next = await harness.PassTimeUntilAsync(harness.NextWorkerAsync());

        Assert.Equal(1, next.Slot);
        Assert.Equal(ExitStatus.Signaled(9), await workers[1].Process.Exited.InTime());
    }

    [Fact]
    public async Task A_worker_that_never_reads_its_channel_holds_nobody_up()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.NeverReads;
        workers[1].Send(new Message.Replace("test"));
        var deaf = await harness.NextWorkerAsync();

        // Far more than its channel holds.
        for (var i = 0; i < 300; i++)
        {
            await harness.SettleAsync(workers[0]);
        }

        Assert.False(deaf.Process.Exited.IsCompleted);
        await harness.Control.TerminateAsync().InTime();
    }

    [Fact]
    public async Task A_worker_that_does_not_read_the_bus_is_one_warning_with_its_slot_and_pid()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.NeverReads;
        workers[1].Send(new Message.Replace("test"));
        var deaf = await harness.NextWorkerAsync();
        await harness.SettleAsync(workers[0]);

        // Beyond what its channel and its queue hold.
        for (var i = 0; i < 4000; i++)
        {
            harness.Loop.Relay(new Message.Publish("cache", new byte[1024]));
        }

        harness.Log.Log(LogLevel.Warning, new EventId(0, "BusOverflow"), "the end", null, (text, _) => text);
        var warnings = new List<string>();
        while (await harness.Log.NextAsync("BusOverflow") is var warning && warning != "the end")
        {
            warnings.Add(warning);
        }

        var one = Assert.Single(warnings, text => text.Contains($"slot 1, pid {deaf.Process.ProcessId} has", StringComparison.Ordinal));
        Assert.Contains("topic cache", one, StringComparison.Ordinal);
        await harness.Control.TerminateAsync().InTime();
    }

    [Fact]
    public async Task A_worker_that_asks_for_a_replacement_drains_when_it_is_there()
    {
        using var harness = new LoopHarness(1);
        var workers = await harness.RunAsync();

        workers[0].Send(new Message.Replace("SIGTERM received"));

        Assert.Contains("SIGTERM received", await harness.Log.NextAsync("ReplacementRequested"), StringComparison.Ordinal);
        Assert.Equal((0, 1), (await harness.NextWorkerAsync()) is var next ? (next.Slot, next.Generation) : default);
        Assert.Equal(harness.Settings.DrainTimeout, (await workers[0].ReceiveAsync<Message.Drain>()).Timeout);
        Assert.Equal(ExitStatus.Exited(0), await workers[0].Process.Exited.InTime());
    }

    [Fact]
    public async Task A_respawn_that_cannot_be_started_is_tried_again_also_where_nobody_foresaw_why()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();
        harness.StartFailure = new InvalidOperationException("a defect");
        await harness.PassAsync(TimeSpan.FromSeconds(10));
        workers[1].Process.Exit(ExitStatus.Exited(3));

        // The death of the worker, then that of the one that could not be started.
        Assert.Contains("exit code 3", await harness.Log.NextAsync("WorkerDied"), StringComparison.Ordinal);
        Assert.Contains("a defect", await harness.Log.NextAsync("WorkerDied").InTime(), StringComparison.Ordinal);
        harness.StartFailure = null;
        await harness.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, (await harness.NextWorkerAsync()).Slot);
    }
}
