using Recluster.Lifecycle;
using Recluster.Protocol;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.Lifecycle;

public sealed class WorkerControlTests : IAsyncDisposable
{
    private readonly MessageChannel _master;
    private readonly MessageChannel _channel;
    private readonly WorkerControl _control;

    public WorkerControlTests()
    {
        var (worker, master) = InMemoryDuplex.Pair();
        _channel = new MessageChannel(worker);
        _master = new MessageChannel(master);
        _control = new WorkerControl(new Lazy<MessageChannel>(_channel));
        _control.Open();
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _master.DisposeAsync();
    }

    [Fact]
    public async Task A_reload_travels_to_the_master_and_its_answer_comes_back()
    {
        await using var sent = _master.ReadAllAsync().GetAsyncEnumerator();
        var reload = _control.ReloadAsync();
        Assert.True(await sent.MoveNextAsync().InTime());
        var request = Assert.IsType<Message.Reload>(sent.Current).Request;

        _control.Complete(request, new ReloadResult { Status = ReloadStatus.Succeeded, Generation = 2 }.ToJson());

        Assert.Equal(2, (await reload.InTime()).Generation);
    }

    [Fact]
    public async Task The_reason_of_a_reload_travels_with_it_and_an_abort_is_answered()
    {
        await using var sent = _master.ReadAllAsync().GetAsyncEnumerator();
        _ = _control.ReloadAsync(new() { Reason = "new\nprices" });
        await sent.MoveNextAsync().InTime();
        Assert.Equal("new prices", Assert.IsType<Message.Reload>(sent.Current).Reason);
        var abort = _control.AbortReloadAsync();
        await sent.MoveNextAsync().InTime();
        var request = Assert.IsType<Message.Abort>(sent.Current).Request;

        _control.Complete(request, true.ToString());

        Assert.True(await abort.InTime());
        var later = _control.AbortReloadAsync();
        _control.Close();
        Assert.False(await later.InTime());
    }

    [Fact]
    public async Task Several_requests_are_told_apart()
    {
        await using var sent = _master.ReadAllAsync().GetAsyncEnumerator();
        var (first, second) = (_control.ReloadAsync(), _control.ReloadAsync());
        await sent.MoveNextAsync().InTime();
        await sent.MoveNextAsync().InTime();
        var request = Assert.IsType<Message.Reload>(sent.Current).Request;

        _control.Complete(request, new ReloadResult { Status = ReloadStatus.Succeeded, Generation = 7 }.ToJson());
        _control.Complete(4711, "{}");

        Assert.Equal(7, (await second.InTime()).Generation);
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public async Task When_the_master_is_gone_what_waits_and_what_comes_later_is_answered_so()
    {
        var before = _control.ReloadAsync();

        _control.Close();

        foreach (var reload in new[] { before, _control.ReloadAsync() })
        {
            var result = await reload.InTime();
            Assert.Equal((ReloadStatus.Stopping, "The master process is gone."), (result.Status, result.Reason));
        }
    }

    [Fact]
    public async Task A_scaling_travels_to_the_master_and_its_answer_comes_back()
    {
        await using var sent = _master.ReadAllAsync().GetAsyncEnumerator();
        var scaling = _control.ScaleAsync(5);
        await sent.MoveNextAsync().InTime();
        var scale = Assert.IsType<Message.Scale>(sent.Current);

        _control.Complete(scale.Request, new ScaleResult { Status = ScaleStatus.Succeeded, Workers = 5 }.ToJson());

        Assert.Equal((5, 5), (scale.Workers, (await scaling.InTime()).Workers));
    }

    [Fact]
    public async Task Events_come_from_the_master_once_somebody_watches()
    {
        await using var sent = _master.ReadAllAsync().GetAsyncEnumerator();
        await using var events = _control.WatchAsync().GetAsyncEnumerator();
        await sent.MoveNextAsync().InTime();
        Assert.Equal(new Message.Watch(true), sent.Current);
        var happened = new ReclusterEvent { Kind = ReclusterEventKind.Scaled, Time = DateTimeOffset.UnixEpoch, Reason = "why", Workers = 3, WorkersBefore = 2 };

        _control.Publish(happened.ToJson());

        Assert.True(await events.MoveNextAsync().InTime());
        Assert.Equivalent(happened, events.Current, strict: true);
    }

    [Fact]
    public async Task The_master_is_told_when_the_first_begins_to_watch_and_when_the_last_has_ceased()
    {
        await using var sent = _master.ReadAllAsync().GetAsyncEnumerator();
        var events = _control.WatchAsync();
        var first = events.GetAsyncEnumerator();
        var second = events.GetAsyncEnumerator();
        await first.DisposeAsync();
        await second.DisposeAsync();
        await using var third = events.GetAsyncEnumerator();

        foreach (var isOn in new[] { true, false, true })
        {
            await sent.MoveNextAsync().InTime();
            Assert.Equal(new Message.Watch(isOn), sent.Current);
        }
    }

    [Fact]
    public async Task Giving_up_ends_the_waiting_and_the_master_is_told()
    {
        await using var sent = _master.ReadAllAsync().GetAsyncEnumerator();
        using var cancel = new CancellationTokenSource();
        var reload = _control.ReloadAsync(null, cancel.Token);
        await sent.MoveNextAsync().InTime();
        var request = Assert.IsType<Message.Reload>(sent.Current).Request;

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reload.InTime());
        await sent.MoveNextAsync().InTime();
        Assert.Equal(new Message.GiveUp(request), sent.Current);
        _control.Complete(request, "{}");
    }

    [Fact]
    public async Task No_more_calls_of_a_kind_wait_than_may_and_one_that_ends_makes_room()
    {
        using var cancel = new CancellationTokenSource();
        var first = _control.ReloadAsync(null, cancel.Token);
        var others = Enumerable.Range(1, WorkerControl.MostCalls - 1).Select(_ => _control.ReloadAsync()).ToArray();

        var refused = await _control.ReloadAsync().InTime();
        Assert.Equal(ReloadStatus.Refused, refused.Status);
        Assert.StartsWith("1024 calls of this worker wait for an answer already.", refused.Reason, StringComparison.Ordinal);
        var (scaling, abort) = (_control.ScaleAsync(3), _control.AbortReloadAsync());
        Assert.False(scaling.IsCompleted || abort.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.InTime());
        var again = _control.ReloadAsync();
        _control.Close();

        Assert.Equal(ReloadStatus.Stopping, (await again.InTime()).Status);
        Assert.Equal(ScaleStatus.Stopping, (await scaling.InTime()).Status);
        Assert.False(await abort.InTime());
        await Task.WhenAll(others).InTime();
    }

    [Fact]
    public async Task Before_the_host_has_started_nobody_would_read_an_answer_so_a_call_is_refused()
    {
        var control = new WorkerControl(new Lazy<MessageChannel>(_channel));

        var (reload, scaling) = (await control.ReloadAsync().InTime(), await control.ScaleAsync(3).InTime());

        Assert.Equal((ReloadStatus.Refused, ScaleStatus.Refused), (reload.Status, scaling.Status));
        Assert.StartsWith("The host of this worker has not started.", reload.Reason, StringComparison.Ordinal);
        Assert.Equal(reload.Reason, scaling.Reason);
    }

    [Fact]
    public async Task TerminateAsync_does_not_wait_for_a_master_that_is_gone()
    {
        var terminated = _control.TerminateAsync();

        _control.Close();

        await terminated.InTime();
    }

    [Fact]
    public void The_workers_are_those_of_the_latest_snapshot()
    {
        Assert.Empty(_control.Workers);
        Assert.Empty(_control.ActiveWorkers);
        var worker = new ReclusterWorkerInfo
        {
            Slot = 1,
            ProcessId = 5,
            Generation = 2,
            Phase = ReclusterWorkerPhase.Active,
            StartTime = DateTimeOffset.UnixEpoch,
        };

        _control.Update(new ClusterSnapshot(1, 2, []).ToJson());
        _control.Update(new ClusterSnapshot(2, 2, [worker]).ToJson());

        Assert.Equal([worker], _control.Workers);
        Assert.Equal([null, worker], _control.ActiveWorkers);
    }

    [Fact]
    public void The_last_reload_and_the_failed_services_come_in_a_report_of_their_own_and_outlive_snapshots()
    {
        var reload = new ReloadResult { Status = ReloadStatus.RolledBack, Reason = "why", ErrorOutput = ["Unhandled exception."] };

        _control.UpdateReport(new ClusterReport(reload, new Dictionary<string, string> { ["Migration"] = "no database" }).ToJson());
        _control.Update(new ClusterSnapshot(1, 2, []).ToJson());

        Assert.Equivalent(reload, _control.LastReload, strict: true);
        Assert.Equal("no database", _control.FailedServices["Migration"]);
    }
}
