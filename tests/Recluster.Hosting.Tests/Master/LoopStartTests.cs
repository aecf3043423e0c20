using Recluster.Hosting.Tests.Supervisor;
using Recluster.Master;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Master;

public class LoopStartTests
{
    [Fact]
    public async Task The_start_completes_when_every_worker_is_ready_and_has_confirmed()
    {
        using var harness = new LoopHarness(ClusterDriver.Settings(2, maxConcurrentStarts: 1)) { Manners = FakeWorker.Manners.None };
        harness.Loop.Start();
        var first = await harness.NextWorkerAsync();
        first.Send(new Message.Ready());
        first.Send(new Message.Assigned((await first.ReceiveAsync<Message.Assign>()).Number));

        var second = await harness.NextWorkerAsync();
        second.Send(new Message.Ready());
        var last = await second.ReceiveAsync<Message.Assign>();
        first.Send(new Message.Assigned((await first.ReceiveAsync<Message.Assign>()).Number));
        Assert.False(harness.Loop.Started.IsCompleted);
        second.Send(new Message.Assigned(last.Number));

        await harness.Loop.Started.InTime();
        Assert.Equal([1], last.Slots);
    }

    [Fact]
    public async Task A_worker_is_told_of_the_cluster_before_anything_else()
    {
        using var harness = new LoopHarness(1) { Manners = FakeWorker.Manners.None };
        harness.Loop.Start();
        var worker = await harness.NextWorkerAsync();

        var snapshot = ClusterSnapshot.FromJson(Assert.IsType<Message.Cluster>(await worker.ReceiveAsync()).Json);

        Assert.Equal((1, 1), (snapshot.Generation, snapshot.Slots));
        Assert.Equal(ReclusterWorkerPhase.Starting, Assert.Single(snapshot.Workers).Phase);
    }

    [Fact]
    public async Task Before_the_start_there_are_no_workers_and_no_slots()
    {
        using var harness = new LoopHarness(2);

        Assert.Empty(harness.Control.Workers);
        Assert.Empty(harness.Control.ActiveWorkers);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task The_control_lists_each_worker_with_slot_pid_generation_phase_and_start_time()
    {
        using var harness = new LoopHarness(2);
        var epoch = harness.Time.GetUtcNow();
        harness.Time.Advance(TimeSpan.FromSeconds(5));
        var workers = await harness.RunAsync();

        var expected = workers.Select(worker => new ReclusterWorkerInfo
        {
            Slot = worker.Slot,
            ProcessId = worker.Process.ProcessId,
            Generation = 1,
            Phase = ReclusterWorkerPhase.Active,
            StartTime = epoch + TimeSpan.FromSeconds(5),
        });
        Assert.Equal(expected, harness.Control.Workers);
        Assert.Equal(expected, harness.Control.ActiveWorkers);
    }

    [Fact]
    public async Task A_program_that_cannot_be_started_fails_the_start_with_the_reason()
    {
        using var harness = new LoopHarness(2) { StartFailure = new ProcessStartException("'/app': No such file or directory") };
        harness.Loop.Start();

        var error = await Assert.ThrowsAsync<ReclusterStartException>(() => harness.Loop.Started.InTime());

        Assert.Contains("'/app': No such file or directory", error.Message, StringComparison.Ordinal);
        await harness.Loop.Stopped.InTime();
    }

    [Fact]
    public async Task A_starter_that_throws_what_nobody_foresaw_fails_the_start_as_well()
    {
        using var harness = new LoopHarness(1) { StartFailure = new InvalidOperationException("a defect") };
        harness.Loop.Start();

        var error = await Assert.ThrowsAsync<ReclusterStartException>(() => harness.Loop.Started.InTime());

        Assert.Contains("a defect", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_ends_during_the_start_fails_it_with_its_last_words_and_ends_the_others()
    {
        using var harness = new LoopHarness(2) { Manners = FakeWorker.Manners.None };
        harness.Loop.Start();
        var (first, second) = (await harness.NextWorkerAsync(), await harness.NextWorkerAsync());
        first.Process.WriteError("Unhandled exception. System.Exception: no database\n");

        first.Process.Exit(ExitStatus.Exited(134));

        var error = await Assert.ThrowsAsync<ReclusterStartException>(() => harness.Loop.Started.InTime());
        Assert.Contains("exit code 134", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Unhandled exception. System.Exception: no database", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("The worker of slot 0 (pid ", error.Reason, StringComparison.Ordinal);
        Assert.Equal(["Unhandled exception. System.Exception: no database"], error.ErrorOutput);
        Assert.Empty(error.Output);
        await second.Process.Killed.InTime();
        await harness.Loop.Stopped.InTime();
    }

    [Fact]
    public async Task A_worker_that_is_not_ready_in_time_fails_the_start()
    {
        using var harness = new LoopHarness(1) { Manners = FakeWorker.Manners.None };
        harness.Loop.Start();
        var worker = await harness.NextWorkerAsync();
        await harness.SettleAsync(worker);

        await harness.PassAsync(harness.Settings.StartTimeout);

        await worker.Process.Killed.InTime();
        var error = await Assert.ThrowsAsync<ReclusterStartException>(() => harness.Loop.Started.InTime());
        Assert.Contains("StartTimeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_during_the_start_cancels_it()
    {
        using var harness = new LoopHarness(1) { Manners = FakeWorker.Manners.None };
        harness.Loop.Start();
        await harness.NextWorkerAsync();

        harness.Loop.Post(new Input.StopRequested(TimeSpan.FromSeconds(30)));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.Loop.Started.InTime());
        await harness.Loop.Stopped.InTime();
    }
}
