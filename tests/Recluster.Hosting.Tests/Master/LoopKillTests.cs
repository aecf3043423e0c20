using Recluster.Hosting.Tests.Supervisor;
using Recluster.Hosting.Tests.Support;
using Recluster.Protocol;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Master;

/// <summary>Workers that a kill does not end, and dumps that do not come to their end.</summary>
public class LoopKillTests
{
    private static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task A_stop_completes_without_a_worker_that_cannot_be_killed_and_the_log_names_it_once()
    {
        using var harness = new LoopHarness(2);
        var workers = await RunWithOneThatSurvivesAsync(harness);

        harness.Loop.Post(new Input.StopRequested(TimeSpan.FromSeconds(5)));
        await harness.Log.NextAsync("WorkerExited"); // The other one, before its time is over by the fake clock.
        await harness.PassTimeUntilAsync(Done(harness.Loop.Stopped));

        var survivor = workers[1];
        var line = await harness.Log.NextAsync("WorkerNotKilled");
        Assert.Contains($"slot 1, pid {survivor.Process.ProcessId}, generation 1: killed, the cluster was stopping; it is still there 10 s", line, StringComparison.Ordinal);
        Assert.Equal(5, survivor.Process.Kills);
        survivor.Process.Exit(ExitStatus.Signaled(9));
        await harness.SettleAsync();
        Assert.False(harness.Log.Has("WorkerNotKilled", "WorkerExited", "WorkerCutShort", "WorkerDied"));
        Assert.Empty(harness.Control.Workers);
    }

    [Fact]
    public async Task A_worker_that_cannot_be_killed_leaves_its_slot_to_another_and_is_left_alone()
    {
        using var harness = new LoopHarness(2);
        var workers = await RunWithOneThatSurvivesAsync(harness);
        await using var events = harness.Control.WatchAsync().GetAsyncEnumerator();
        var survivor = workers[1];
        var told = NextExitAsync(events);

        survivor.Process.ChildEnd.Dispose();
        var successor = await harness.PassTimeUntilAsync(harness.NextWorkerAsync());

        Assert.Equal(1, successor.Slot);
        Assert.Contains("Its slot gets another in", await harness.Log.NextAsync("WorkerNotKilled"), StringComparison.Ordinal);
        Assert.Contains("it is still there 10 s after SIGKILL", (await told.InTime()).Reason, StringComparison.Ordinal);
        await harness.Log.NextAsync("WorkerPromoted");
        var kills = survivor.Process.Kills;
        await harness.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(kills, survivor.Process.Kills);
        survivor.Process.Exit(ExitStatus.Signaled(9));
        await harness.SettleAsync();
        Assert.Equal([0, 1], harness.Control.Workers.Select(worker => worker.Slot).Order());
        Assert.False(harness.Log.Has("WorkerNotKilled", "WorkerExited", "WorkerDied"));
    }

    [Fact]
    public async Task A_hung_worker_is_killed_when_its_dump_is_written()
    {
        var dump = new FakeHangDump();
        using var harness = new LoopHarness(Settings(), dump);
        var hung = await HangAsync(harness, dump);
        Assert.False(hung.Process.Killed.IsCompleted);

        dump.Written.SetResult();

        await hung.Process.Exited.InTime();
    }

    [Fact]
    public async Task A_dump_that_does_not_end_is_ended_by_the_kill_at_its_bound()
    {
        var dump = new FakeHangDump();
        using var harness = new LoopHarness(Settings(), dump);
        var hung = await HangAsync(harness, dump);

        await harness.PassTimeUntilAsync(hung.Process.Exited);
    }

    [Fact]
    public async Task TerminateAsync_does_not_wait_for_a_dump()
    {
        var dump = new FakeHangDump();
        using var harness = new LoopHarness(Settings(), dump);
        await HangAsync(harness, dump);

        await harness.Control.TerminateAsync().InTime();
    }

    private static SupervisorSettings Settings() => ClusterDriver.Settings(1) with
    {
        HeartbeatTimeout = HeartbeatTimeout,
        HangDumpTimeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>The worker of slot 1 serves like the other, reads nothing and is not ended by a kill.</summary>
    private static async Task<FakeWorker[]> RunWithOneThatSurvivesAsync(LoopHarness harness)
    {
        harness.Loop.Start();
        var first = await harness.NextWorkerAsync();
        var second = await harness.NextWorkerAsync();
        await harness.Loop.Started.InTime();
        harness.Manners = FakeWorker.Manners.SaysReady | FakeWorker.Manners.Confirms | FakeWorker.Manners.SurvivesKill;
        second.Process.Exit(ExitStatus.Exited(3));
        var survivor = await harness.PassTimeUntilAsync(harness.NextWorkerAsync());
        harness.Manners = FakeWorker.Manners.Obedient;
        await LoopHarness.SnapshotAsync(first, snapshot => snapshot.ActiveWorkers.All(worker => worker is not null));
        await harness.Log.NextAsync("WorkerDied");
        await harness.PassAsync(TimeSpan.FromSeconds(10));
        return [first, survivor];
    }

    /// <summary>The only worker is not heard of; its successor serves, and a dump of it has begun.</summary>
    private static async Task<FakeWorker> HangAsync(LoopHarness harness, FakeHangDump dump)
    {
        var hung = (await harness.RunAsync())[0];
        await harness.PassAsync(HeartbeatTimeout);
        await harness.NextWorkerAsync();
        Assert.Equal(hung.Process.ProcessId, await dump.Begun.InTime());
        return hung;
    }

    private static async Task<ReclusterEvent> NextExitAsync(IAsyncEnumerator<ReclusterEvent> events)
    {
        while (await events.MoveNextAsync())
        {
            if (events.Current.Kind == ReclusterEventKind.WorkerExited)
            {
                return events.Current;
            }
        }

        throw new InvalidOperationException("The events have ended.");
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }
}
