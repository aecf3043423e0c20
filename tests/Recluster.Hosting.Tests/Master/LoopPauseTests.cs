using Recluster.Hosting.Tests.Supervisor;
using Recluster.Protocol;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Master;

/// <summary>The master is stopped for a while (SIGSTOP, docker pause, a suspended virtual machine): the clock goes on, and the loop sees nothing of it.</summary>
public class LoopPauseTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Workers_that_could_not_be_heard_are_not_replaced_and_those_that_stay_silent_afterwards_are()
    {
        using var harness = new LoopHarness(ClusterDriver.Settings(2) with { HeartbeatTimeout = 3 * Second });
        var workers = await harness.RunAsync();
        await harness.PassAsync(Second);

        await PauseAsync(harness, 8 * Second);
        workers[0].Send(new Message.Beat(false, false));
        await harness.PassAsync(Second);
        Assert.False(harness.TryNextWorker(out _));

        Assert.InRange((await harness.PassTimeUntilAsync(harness.NextWorkerAsync())).Slot, 0, 1);
    }

    [Fact]
    public async Task A_worker_that_starts_keeps_its_StartTimeout()
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.None;
        var reload = harness.Control.ReloadAsync();
        var canary = await harness.NextWorkerAsync();

        await PauseAsync(harness, harness.Settings.StartTimeout - Second);
        await harness.PassAsync(2 * Second);
        await PauseAsync(harness, harness.Settings.StartTimeout * 2);
        await harness.PassAsync(2 * Second);
        Assert.False(canary.Process.Killed.IsCompleted);

        canary.Send(new Message.Ready());
        var assign = await canary.ReceiveAsync<Message.Assign>();
        canary.Send(new Message.Assigned(assign.Number));
        Assert.True((await reload.InTime()).Succeeded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_worker_that_finishes_its_requests_keeps_its_time(bool isStop)
    {
        using var harness = new LoopHarness(ClusterDriver.Settings(1) with { DrainTimeout = 10 * Second })
        {
            Manners = FakeWorker.Manners.SaysReady | FakeWorker.Manners.Confirms,
        };
        var workers = await harness.RunAsync();
        if (isStop)
        {
            harness.Loop.Post(new Input.StopRequested(10 * Second));
            await workers[0].ReceiveAsync<Message.Stop>();
        }
        else
        {
            Assert.True((await harness.Control.ReloadAsync().InTime()).Succeeded);
            await workers[0].ReceiveAsync<Message.Drain>();
        }

        await PauseAsync(harness, 60 * Second);
        await harness.PassAsync(5 * Second);
        Assert.False(workers[0].Process.Killed.IsCompleted);

        await harness.PassTimeUntilAsync(workers[0].Process.Exited);
        Assert.True(workers[0].Process.Killed.IsCompleted);
    }

    [Fact]
    public async Task The_start_time_of_a_worker_is_that_of_the_clock()
    {
        using var harness = new LoopHarness(ClusterDriver.Settings(1) with { HeartbeatTimeout = 3 * Second });
        var workers = await harness.RunAsync();
        await PauseAsync(harness, 60 * Second);
        workers[0].Send(new Message.Replace("test"));

        await harness.NextWorkerAsync();
        await harness.SettleAsync();

        Assert.Equal(harness.Time.GetUtcNow(), harness.Control.Workers.Max(worker => worker.StartTime));
    }

    private static async Task PauseAsync(LoopHarness harness, TimeSpan time)
    {
        await harness.SettleAsync();
        harness.Time.Advance(time);
        await harness.SettleAsync();
    }
}
