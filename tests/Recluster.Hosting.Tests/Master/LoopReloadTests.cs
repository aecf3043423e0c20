using System.Text;
using Recluster.Master;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Master;

public class LoopReloadTests
{
    [Fact]
    public async Task A_reload_by_the_control_replaces_every_worker_and_says_so()
    {
        using var harness = new LoopHarness(2);
        var old = await harness.RunAsync();

        var result = await harness.Control.ReloadAsync().InTime();

        Assert.True(result.Succeeded);
        Assert.Equal(2, result.Generation);
        Assert.Equal([2, 2], harness.Control.ActiveWorkers.Select(worker => worker!.Generation));
        Assert.DoesNotContain(harness.Control.ActiveWorkers, info => old.Any(worker => worker.Process.ProcessId == info!.ProcessId));
        foreach (var worker in old)
        {
            Assert.Equal(ExitStatus.Exited(0), await worker.Process.Exited.InTime());
        }
    }

    [Fact]
    public async Task A_worker_that_asks_for_a_reload_and_is_itself_replaced_gets_the_answer_after_a_snapshot_that_shows_it()
    {
        using var harness = new LoopHarness(2) { Manners = FakeWorker.Manners.SaysReady | FakeWorker.Manners.Confirms };
        var old = await harness.RunAsync();
        old[1].Send(new Message.Reload(3));

        ClusterSnapshot? latest = null;
        Message.Reloaded? answer = null;
        while (answer is null)
        {
            var message = await old[1].ReceiveAsync();
            latest = message is Message.Cluster cluster ? ClusterSnapshot.FromJson(cluster.Json) : latest;
            answer = message as Message.Reloaded;
        }

        Assert.Equal(3, answer.Request);
        Assert.Equal((ReloadStatus.Succeeded, 2), (ReloadResult.FromJson(answer.Json).Status, ReloadResult.FromJson(answer.Json).Generation));
        Assert.Equal(2, latest!.Generation);
        Assert.Equal([2, 2], latest.ActiveWorkers.Select(worker => worker!.Generation));
        Assert.Equal(
            ReclusterWorkerPhase.Draining,
            latest.Workers.Single(worker => worker.ProcessId == old[1].Process.ProcessId).Phase);
    }

    [Fact]
    public async Task A_worker_that_asks_and_dies_before_the_answer_disturbs_nobody()
    {
        using var harness = new LoopHarness(2) { Manners = FakeWorker.Manners.SaysReady | FakeWorker.Manners.Confirms };
        var old = await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.Confirms;
        old[1].Send(new Message.Reload(3));
        var canary = await harness.NextWorkerAsync();
        old[1].Process.Exit(ExitStatus.Signaled(11));
        harness.Manners = FakeWorker.Manners.Obedient;

        canary.Send(new Message.Ready());

        Assert.Equal(3, (await harness.Control.ReloadAsync().InTime()).Generation);
    }

    [Fact]
    public async Task A_new_worker_that_fails_rolls_the_reload_back_with_its_last_words()
    {
        using var harness = new LoopHarness(2);
        var old = await harness.RunAsync();
        var before = harness.Control.Workers;
        harness.Manners = FakeWorker.Manners.None;
        var reload = harness.Control.ReloadAsync();
        var canary = await harness.NextWorkerAsync();
        canary.Process.WriteError("no database\n");

        canary.Process.Exit(ExitStatus.Exited(1));
        var result = await reload.InTime();

        Assert.Equal((ReloadStatus.RolledBack, 1), (result.Status, result.Generation));
        Assert.Contains("exit code 1", result.Reason, StringComparison.Ordinal);
        Assert.Equal(["no database"], result.ErrorOutput);
        Assert.Equal(before, harness.Control.Workers);
        Assert.All(old, worker => Assert.False(worker.Process.Exited.IsCompleted));
    }

    [Fact]
    public async Task A_new_worker_that_is_not_ready_in_time_is_killed_and_rolls_the_reload_back()
    {
        using var harness = new LoopHarness(1);
        var old = await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.None;
        var reload = harness.Control.ReloadAsync();
        var canary = await harness.NextWorkerAsync();
        await harness.SettleAsync(old[0]);

        await harness.PassAsync(harness.Settings.StartTimeout);

        Assert.Contains("StartTimeout", (await reload.InTime()).Reason, StringComparison.Ordinal);
        Assert.Equal(ExitStatus.Signaled(9), await canary.Process.Exited.InTime());
    }

    [Fact]
    public async Task A_long_and_odd_text_of_a_new_worker_reaches_the_old_ones_cut_and_outside_of_the_snapshots()
    {
        using var harness = new LoopHarness(1);
        var old = await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.None;
        var reload = harness.Control.ReloadAsync();
        var canary = await harness.NextWorkerAsync();
        canary.Process.WriteError(new string('\u0001', 200_000));
        await canary.Process.ChildEnd.WriteAsync(Encoding.UTF8.GetBytes($"waiting {new string('<', 200_000)}\nassigned 0\n"));
        await canary.Process.ChildEnd.DisposeAsync();
        await LoopHarness.SnapshotAsync(old[0], snapshot => snapshot.Workers.Any(worker => worker.Phase == ReclusterWorkerPhase.Killed));

        canary.Process.Exit(ExitStatus.Exited(1));
        var result = await reload.InTime();
        var report = ClusterReport.FromJson((await old[0].ReceiveAsync<Message.Report>()).Json).LastReload!;
        var snapshot = (await old[0].ReceiveAsync<Message.Cluster>()).Json;

        Assert.Contains("it waited for <<<", result.Reason, StringComparison.Ordinal);
        Assert.InRange(result.Reason!.Length, 0, FreeText.MaxReason);
        Assert.Equal(result.Reason, report.Reason);
        Assert.Equal(result.ErrorOutput, report.ErrorOutput);
        Assert.DoesNotContain("it waited for", snapshot, StringComparison.Ordinal);

        _ = harness.Control.ReloadAsync();
        var startedLater = await harness.NextWorkerAsync();
        Assert.Equal(report.Reason, ClusterReport.FromJson((await startedLater.ReceiveAsync<Message.Report>()).Json).LastReload!.Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_new_worker_that_cannot_be_started_rolls_the_reload_back_also_where_nobody_foresaw_why(bool foreseen)
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        harness.StartFailure = foreseen ? new ProcessStartException("the file is gone") : new InvalidOperationException("the file is gone");

        var result = await harness.Control.ReloadAsync().InTime();

        Assert.Equal(ReloadStatus.RolledBack, result.Status);
        Assert.Contains("the file is gone", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_during_a_reload_share_one_further_reload()
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.Confirms;
        var first = harness.Control.ReloadAsync();
        var canary = await harness.NextWorkerAsync();
        harness.Manners = FakeWorker.Manners.Obedient;
        var others = Enumerable.Range(0, 5).Select(_ => harness.Control.ReloadAsync()).ToArray();

        canary.Send(new Message.Ready());

        Assert.Equal(2, (await first.InTime()).Generation);
        Assert.All(await Task.WhenAll(others).InTime(), result => Assert.Equal(3, result.Generation));
    }

    [Fact]
    public async Task Giving_up_waiting_does_not_end_the_reload()
    {
        using var harness = new LoopHarness(1);
        var old = await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.Confirms;
        using var cancel = new CancellationTokenSource();
        var reload = harness.Control.ReloadAsync(null, cancel.Token);
        var canary = await harness.NextWorkerAsync();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reload.InTime());
        canary.Send(new Message.Ready());

        Assert.Equal(ExitStatus.Exited(0), await old[0].Process.Exited.InTime());
        await harness.Log.NextAsync("ReloadDone");
    }

    [Fact]
    public async Task Of_many_calls_so_many_wait_as_may_and_the_others_are_refused_at_once()
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.Confirms;
        _ = harness.Control.ReloadAsync();
        var canary = await harness.NextWorkerAsync();
        harness.Manners = FakeWorker.Manners.Obedient;

        var calls = Enumerable.Range(0, 60_000).Select(_ => harness.Control.ReloadAsync()).ToArray();
        var refused = calls.Where(call => call.IsCompleted).ToArray();
        Assert.Equal(60_000 - (PendingAnswers<ReloadResult>.Most - 1), refused.Length);
        canary.Send(new Message.Ready());
        var results = await Task.WhenAll(calls).InTime();

        Assert.Equal(PendingAnswers<ReloadResult>.Most - 1, results.Count(result => result is { Succeeded: true, Generation: 3 }));
        Assert.All(await Task.WhenAll(refused), result => Assert.Equal(ReloadStatus.Refused, result.Status));
        Assert.StartsWith("1024 calls wait for an answer already.", (await refused[0]).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_is_given_up_makes_room_for_another()
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.Confirms;
        _ = harness.Control.ReloadAsync();
        var canary = await harness.NextWorkerAsync();
        harness.Manners = FakeWorker.Manners.Obedient;
        for (var round = 0; round < 3; round++)
        {
            using var cancel = new CancellationTokenSource();
            var calls = Enumerable.Range(1, PendingAnswers<ReloadResult>.Most - 1).Select(_ => harness.Control.ReloadAsync(null, cancel.Token)).ToArray();
            Assert.DoesNotContain(calls, call => call.IsCompleted);
            await cancel.CancelAsync();
            await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default).InTime();
            await harness.SettleAsync();
        }

        canary.Send(new Message.Ready());

        Assert.Equal(3, (await harness.Control.ReloadAsync().InTime()).Generation);
    }

    [Fact]
    public async Task What_a_worker_gives_up_or_leaves_behind_by_dying_makes_room_too()
    {
        using var harness = new LoopHarness(2) { Manners = FakeWorker.Manners.SaysReady | FakeWorker.Manners.Confirms };
        var old = await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.Confirms;
        _ = harness.Control.ReloadAsync();
        var canary = await harness.NextWorkerAsync();
        foreach (var request in Enumerable.Range(1, PendingAnswers<ReloadResult>.Most - 1))
        {
            old[request % 2].Send(new Message.Reload(request));
        }

        foreach (var request in Enumerable.Range(1, PendingAnswers<ReloadResult>.Most - 1).Where(request => request % 2 == 0))
        {
            old[0].Send(new Message.GiveUp(request));
        }

        old[0].Send(new Message.Replace("all is sent"));
        await harness.Log.NextAsync("ReplacementRequested");
        old[1].Process.Exit(ExitStatus.Signaled(11));
        await harness.Log.NextAsync("WorkerDied");
        await harness.SettleAsync();

        var calls = Enumerable.Range(1, PendingAnswers<ReloadResult>.Most - 1).Select(_ => harness.Control.ReloadAsync()).ToArray();
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        canary.Process.Exit(ExitStatus.Exited(1));
        harness.Loop.Post(new Input.TerminateRequested());
        Assert.All(await Task.WhenAll(calls).InTime(), result => Assert.Equal(ReloadStatus.Stopping, result.Status));
    }

    [Fact]
    public async Task A_reload_is_given_up_by_the_control_and_by_a_worker_and_the_new_worker_goes()
    {
        using var harness = new LoopHarness(1) { Manners = FakeWorker.Manners.Obedient };
        var old = await harness.RunAsync();
        Assert.False(await harness.Control.AbortReloadAsync().InTime());
        harness.Manners = FakeWorker.Manners.Confirms;

        var first = harness.Control.ReloadAsync(new() { Reason = "new prices" });
        var canary = await harness.NextWorkerAsync();
        Assert.True(await harness.Control.AbortReloadAsync().InTime());
        Assert.Equal((ReloadStatus.Aborted, 1), ((await first.InTime()).Status, (await first).Generation));
        await canary.Process.Killed.InTime();
        old[0].Send(new Message.Reload(3, "new\r\nprices"));
        canary = await harness.NextWorkerAsync();
        old[0].Send(new Message.Abort(4));

        Assert.Equal(
            (3, ReloadStatus.Aborted),
            await old[0].ReceiveAsync<Message.Reloaded>() is var answer ? (answer.Request, ReloadResult.FromJson(answer.Json).Status) : default);
        Assert.Equal(new Message.Aborted(4, true), await old[0].ReceiveAsync<Message.Aborted>());
        await canary.Process.Killed.InTime();
        Assert.EndsWith("generation 2. The reason given: new prices", await harness.Log.NextAsync("ReloadBegunFor"), StringComparison.Ordinal);
        Assert.Contains("generation 2 is given up", await harness.Log.NextAsync("ReloadAborted"), StringComparison.Ordinal);
        Assert.False(old[0].Process.Exited.IsCompleted);
        Assert.Equal(ReloadStatus.Aborted, harness.Control.LastReload?.Status);
    }

    [Fact]
    public async Task Before_the_host_starts_a_call_is_refused_and_while_it_starts_it_waits()
    {
        using var harness = new LoopHarness(1);

        Assert.Equal(ReloadStatus.Refused, (await harness.Control.ReloadAsync().InTime()).Status);
        Assert.Equal(ScaleStatus.Refused, (await harness.Control.ScaleAsync(2).InTime()).Status);
        Assert.False(await harness.Control.AbortReloadAsync().InTime());
        harness.Loop.Open();
        var reload = harness.Control.ReloadAsync();
        await harness.RunAsync();

        Assert.Equal(2, (await reload.InTime()).Generation);
    }

    [Fact]
    public async Task A_host_that_is_disposed_before_it_has_started_answers_who_waits()
    {
        using var harness = new LoopHarness(1);
        harness.Loop.Open();
        var (reload, scaling) = (harness.Control.ReloadAsync(), harness.Control.ScaleAsync(2));

        harness.Loop.Dispose();

        Assert.Equal((ReloadStatus.Stopping, ScaleStatus.Stopping), ((await reload.InTime()).Status, (await scaling.InTime()).Status));
        Assert.Equal(ReloadStatus.Stopping, (await harness.Control.ReloadAsync().InTime()).Status);
        await harness.Control.TerminateAsync().InTime();
    }

    [Fact]
    public async Task A_reload_of_a_stopped_cluster_is_refused()
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        await harness.Control.TerminateAsync().InTime();

        Assert.Equal(ReloadStatus.Stopping, (await harness.Control.ReloadAsync().InTime()).Status);
    }

    [Fact]
    public async Task A_new_generation_that_asks_for_an_endpoint_gets_its_address_and_all_workers_are_told_what_is_given_up()
    {
        using var harness = new LoopHarness(1);
        var old = await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.Confirms | FakeWorker.Manners.Exits;
        harness.GivenUp = [0];
        var reload = harness.Control.ReloadAsync();
        var first = await harness.NextWorkerAsync();

        first.Send(new Message.Bind("tcp:127.0.0.1:0"));
        Assert.Equal(new Message.Bound("tcp:127.0.0.1:0", "tcp:127.0.0.1:8081"), await first.ReceiveAsync<Message.Bound>());
        first.Send(new Message.Listening(["tcp:127.0.0.1:0"]));
        var second = await harness.NextWorkerAsync();
        second.Send(new Message.Listening(["tcp:127.0.0.1:0"]));
        second.Send(new Message.Ready());

        Assert.Equal(0, (await second.ReceiveAsync<Message.Retire>()).Place);
        Assert.Equal(0, (await old[0].ReceiveAsync<Message.Retire>()).Place);
        Assert.True((await reload.InTime()).Succeeded);
        Assert.Equal(["tcp:127.0.0.1:0"], harness.Kept);
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_had_rolls_the_reload_back_with_the_reason()
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.Exits;
        harness.Answer = new(null, Error: "It is taken.");
        var reload = harness.Control.ReloadAsync();

        (await harness.NextWorkerAsync()).Send(new Message.Bind("tcp:127.0.0.1:81"));

        Assert.Contains("It is taken.", (await reload.InTime()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_file_that_is_lost_while_a_generation_starts_rolls_the_reload_back()
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        harness.Manners = FakeWorker.Manners.Exits;
        var reload = harness.Control.ReloadAsync();
        harness.LostFile = "The file is gone.";

        (await harness.NextWorkerAsync()).Send(new Message.Listening([]));

        Assert.Equal("The file is gone.", (await reload.InTime()).Reason);
    }
}
