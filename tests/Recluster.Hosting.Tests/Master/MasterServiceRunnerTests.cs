using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Recluster.Master;
using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Master;

/// <summary>Failures of a service once per cluster, under a clock of the test's own.</summary>
public sealed class MasterServiceRunnerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Inbox _inbox = new();
    private readonly List<Service> _made = [];
    private readonly ReclusterOptions _options = new() { RespawnDelay = TimeSpan.FromSeconds(1), MaxRespawnDelay = TimeSpan.FromSeconds(3) };
    private Func<Service> _next = () => new Service();

    [Fact]
    public async Task Each_failure_makes_another_instance_after_a_longer_delay_up_to_the_longest()
    {
        _next = () => new Service { Error = new InvalidOperationException("no database") };
        var runner = Runner();
        await runner.StartAsync(default);

        foreach (var (seconds, made) in ((double, int)[])[(1, 2), (2, 3), (3, 4), (3, 5)])
        {
            await FailureAsync("InvalidOperationException: no database");
            await _made[^1].Disposed.Task;
            await AdvanceAsync(seconds, () => _made.Count == made);
        }

        await runner.StopAsync(default);
    }

    [Fact]
    public async Task It_counts_as_running_again_when_it_has_stayed_up_for_the_delay()
    {
        _next = () => new Service { Error = _made.Count == 0 ? new InvalidOperationException("once") : null };
        var runner = Runner();
        await runner.StartAsync(default);
        await FailureAsync("InvalidOperationException: once");
        await AdvanceAsync(1, () => _made.Count == 2);

        await AdvanceAsync(2, () => _inbox.HasAny);

        await FailureAsync(null);
        await runner.StopAsync(default);
        Assert.Equal(["stop"], _made[1].Told);
    }

    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_a_failure_too()
    {
        _next = () => new Service { Error = new TaskCanceledException("The request was canceled due to HttpClient.Timeout.") };
        var runner = Runner();

        await runner.StartAsync(default);

        await FailureAsync("TaskCanceledException: The request was canceled due to HttpClient.Timeout.");
        await runner.StopAsync(default);
    }

    [Fact]
    public async Task The_token_of_the_service_is_not_cancelled_before_its_StopAsync_is_called()
    {
        var runner = Runner();
        await runner.StartAsync(default);

        await runner.StopAsync(default);

        Assert.False(_made[0].WasCancelledAtStop);
    }

    [Fact]
    public async Task With_StopCluster_a_failing_start_fails_the_host()
    {
        _options.MasterServiceFailure = MasterServiceFailure.StopCluster;
        var runner = new MasterServiceRunner(
            "Shop.Scheduler", _ => throw new InvalidOperationException("no database"), _options, _inbox, () => false, Lifetime(), _time, NullLogger.Instance);

        var error = await Assert.ThrowsAsync<MasterServiceFailedException>(() => runner.StartAsync(default));

        Assert.Contains("its master service Shop.Scheduler failed and Recluster:MasterServiceFailure is StopCluster", error.Message, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: no database", error.Message, StringComparison.Ordinal);
    }

    private MasterServiceRunner Runner() => new("Shop.Scheduler", _ => Make(), _options, _inbox, () => false, Lifetime(), _time, NullLogger.Instance);

    private static ApplicationLifetime Lifetime() => new(NullLogger<ApplicationLifetime>.Instance);

    private Service Make()
    {
        var service = _next();
        _made.Add(service);
        return service;
    }

    private async Task FailureAsync(string? failure)
    {
        var changed = Assert.IsType<Input.MasterServiceChanged>(await _inbox.NextAsync());
        Assert.Equal(("Shop.Scheduler", failure), (changed.Service, changed.Failure));
    }

    /// <summary>The runner arms its timer after the report; so time goes by in small steps until it has been seen.</summary>
    private async Task AdvanceAsync(double seconds, Func<bool> isSo)
    {
        var begun = _time.GetUtcNow();
        while (!isSo())
        {
            await Task.Yield();
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.True(_time.GetUtcNow() - begun >= TimeSpan.FromSeconds(seconds), $"after {_time.GetUtcNow() - begun}");
    }

    private sealed class Service : BackgroundService
    {
        private CancellationToken _token;

        internal Exception? Error { get; init; }

        internal List<string> Told { get; } = [];

        internal TaskCompletionSource Disposed { get; } = new();

        internal bool WasCancelledAtStop { get; private set; }

        public override Task StopAsync(CancellationToken cancellationToken)
        {
            Told.Add("stop");
            WasCancelledAtStop = _token.IsCancellationRequested;
            return base.StopAsync(cancellationToken);
        }

        public override void Dispose()
        {
            base.Dispose();
            Disposed.TrySetResult();
        }

        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            _token = stoppingToken;
            return Error is null ? Task.Delay(Timeout.Infinite, stoppingToken) : Task.FromException(Error);
        }
    }

    private sealed class Inbox : IClusterInbox
    {
        private readonly System.Threading.Channels.Channel<Input> _inputs = System.Threading.Channels.Channel.CreateUnbounded<Input>();

        internal bool HasAny => _inputs.Reader.Count > 0;

        internal ValueTask<Input> NextAsync() => _inputs.Reader.ReadAsync();

        public void Post(Input input) => _inputs.Writer.TryWrite(input);

        public void Request(PendingCall<ReloadResult> call, string? reason) => throw new NotSupportedException();

        public void Request(PendingCall<bool> call) => throw new NotSupportedException();

        public void Request(PendingCall<ScaleResult> call, int workers) => throw new NotSupportedException();

        public void GiveUp(PendingCall<ReloadResult> call) => throw new NotSupportedException();

        public void GiveUp(PendingCall<ScaleResult> call) => throw new NotSupportedException();

        public void RequestStop() => throw new NotSupportedException();

        public void Watch(Action<ReclusterEvent> watcher, CancellationToken end) => throw new NotSupportedException();

        public void Relay(Message.Publish message) => throw new NotSupportedException();

        public void ReportProtocolError(long worker, Exception error) => throw new NotSupportedException();
    }
}
