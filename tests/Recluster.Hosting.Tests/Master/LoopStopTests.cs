using Recluster.Protocol;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Master;

public class LoopStopTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_stop_tells_the_workers_and_completes_when_the_last_has_gone()
    {
        using var harness = new LoopHarness(2) { Manners = FakeWorker.Manners.SaysReady | FakeWorker.Manners.Confirms };
        var workers = await harness.RunAsync();

        harness.Loop.Post(new Input.StopRequested(Timeout));
        foreach (var worker in workers)
        {
            Assert.Equal(0.9 * Timeout, (await worker.ReceiveAsync<Message.Stop>()).Timeout);
        }

        workers[0].Process.Exit(ExitStatus.Exited(0));
        await harness.Log.NextAsync("WorkerExited");
        Assert.False(harness.Loop.Stopped.IsCompleted);
        workers[1].Process.Exit(ExitStatus.Exited(0));

        await harness.Loop.Stopped.InTime();
        Assert.Empty(harness.Control.Workers);
    }

    [Fact]
    public async Task A_stop_with_a_delay_is_told_to_all_at_once_and_begins_when_it_is_over()
    {
        var delay = TimeSpan.FromSeconds(10);
        using var harness = new LoopHarness(1);
        var workers = await harness.RunAsync();
        await using var events = harness.Control.WatchAsync().GetAsyncEnumerator();
        var announced = events.MoveNextAsync().AsTask();

        harness.Loop.Post(new Input.StopRequested(Timeout, delay));

        Assert.True((await LoopHarness.SnapshotAsync(workers[0], snapshot => snapshot.IsStopping)).ActiveWorkers.Count == 1);
        Assert.True(await announced.InTime());
        Assert.Equal(
            (ReclusterEventKind.ClusterStopping, "in 00:00:10", delay), (events.Current.Kind, events.Current.Reason, events.Current.Duration));
        Assert.True(harness.Control.IsStopping);
        Assert.Contains("another 00:00:10", await harness.Log.NextAsync("ClusterStopAnnounced"), StringComparison.Ordinal);
        Assert.Equal(ReloadStatus.Stopping, (await harness.Control.ReloadAsync().InTime()).Status);
        await harness.PassAsync(delay - TimeSpan.FromMilliseconds(1));
        await harness.SettleAsync(workers[0]);
        Assert.Equal((0, false), (harness.Closed, workers[0].Process.Exited.IsCompleted));
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal(0.9 * Timeout, (await workers[0].ReceiveAsync<Message.Stop>()).Timeout);
        await harness.Loop.Stopped.InTime();
        Assert.Equal(1, harness.Closed);
        var after = new List<ReclusterEventKind>();
        while (await events.MoveNextAsync().AsTask().InTime())
        {
            after.Add(events.Current.Kind);
        }

        Assert.Contains(ReclusterEventKind.WorkerExited, after);
        Assert.DoesNotContain(ReclusterEventKind.ClusterStopping, after);
    }

    [Fact]
    public async Task Workers_that_do_not_stop_in_time_are_killed()
    {
        using var harness = new LoopHarness(2) { Manners = FakeWorker.Manners.SaysReady | FakeWorker.Manners.Confirms };
        var workers = await harness.RunAsync();
        harness.Loop.Post(new Input.StopRequested(Timeout));
        await workers[0].ReceiveAsync<Message.Stop>();
        await workers[1].ReceiveAsync<Message.Stop>();
        await harness.SettleAsync(workers[0]);

        await harness.PassAsync(Timeout);

        await harness.Loop.Stopped.InTime();
        Assert.All(workers, worker => Assert.True(worker.Process.Killed.IsCompleted));
    }

    [Fact]
    public async Task TerminateAsync_kills_at_once_and_completes_when_nobody_is_left()
    {
        using var harness = new LoopHarness(2) { Manners = FakeWorker.Manners.Obedient | FakeWorker.Manners.SurvivesKill };
        var workers = await harness.RunAsync();

        var terminated = harness.Control.TerminateAsync();
        foreach (var worker in workers)
        {
            await worker.Process.Killed.InTime();
        }

        Assert.False(terminated.IsCompleted);
        foreach (var worker in workers)
        {
            worker.Process.Exit(ExitStatus.Signaled(9));
        }

        await terminated.InTime();
        await harness.Loop.Stopped.InTime();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_stop_before_the_start_stops_the_host_at_once_and_no_worker_is_started(bool isOpen, bool isTerminated)
    {
        using var harness = new LoopHarness(1);
        if (isOpen)
        {
            harness.Loop.Open();
        }

        await (isTerminated ? harness.Control.TerminateAsync() : harness.Control.StopAsync()).InTime();
        harness.Loop.Start();

        Assert.True(harness.Lifetime.ApplicationStopping.IsCancellationRequested);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.Loop.Started.InTime());
        Assert.Equal(ReloadStatus.Stopping, (await harness.Control.ReloadAsync().InTime()).Status);
        Assert.True(harness.Control.IsStopping);
        Assert.False(harness.TryNextWorker(out _));
    }

    [Fact]
    public async Task A_worker_can_end_the_cluster()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();

        workers[1].Send(new Message.Terminate());

        await harness.Loop.Stopped.InTime();
        Assert.All(workers, worker => Assert.True(worker.Process.Killed.IsCompleted));
    }

    [Fact]
    public async Task A_reload_that_the_stop_cuts_short_is_answered()
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.None;
        var reload = harness.Control.ReloadAsync();
        var canary = await harness.NextWorkerAsync();

        harness.Loop.Post(new Input.StopRequested(Timeout));

        Assert.Equal(ReloadStatus.Stopping, (await reload.InTime()).Status);
        await canary.Process.Killed.InTime();
        await harness.Loop.Stopped.InTime();
    }

    [Fact]
    public async Task A_worker_that_could_not_be_started_for_a_reason_nobody_foresaw_does_not_keep_the_cluster_from_stopping()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();
        harness.StartFailure = new InvalidOperationException("a defect");
        await harness.PassAsync(TimeSpan.FromSeconds(10));
        workers[1].Process.Exit(ExitStatus.Exited(3));
        await harness.Log.NextAsync("WorkerDied");
        await harness.SettleAsync(workers[0]);

        harness.Loop.Post(new Input.StopRequested(Timeout));

        await harness.Loop.Stopped.InTime();
    }
}
