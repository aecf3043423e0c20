using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Messaging;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Releases;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>
/// The shell around the supervisor: one inbox, one reader, one timer. Signals, exits, frames and timers only enqueue; each input
/// goes through the pure reducer, its effects are carried out, and the state is published as an immutable snapshot.
/// </summary>
internal sealed class ClusterLoop : IClusterInbox, IDisposable
{
    // Inputs that wait are read before time is judged, unless the loop has not caught up with them for so long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan NoEnd = TimeSpan.FromDays(36500);

    private const string HostNotStarted =
        "The host has not started. Call this once it runs, for instance in IHostApplicationLifetime.ApplicationStarted.";

    private const string HasEnded = "The cluster has ended.";

    private readonly Channel<Input> _inbox = Channel.CreateUnbounded<Input>(new() { SingleReader = true });
    private readonly PendingAnswers<ReloadResult> _reloads = new(reason => new() { Status = ReloadStatus.Refused, Reason = reason });
    private readonly PendingAnswers<ScaleResult> _scalings = new(reason => new() { Status = ScaleStatus.Refused, Reason = reason });
    private readonly PendingAnswers<bool> _aborts = new(_ => false);
    private readonly Lock _gate = new();
    private readonly EventHub _events = new();
    private readonly WorkerLinks _links;
    private readonly IClusterSockets _sockets;
    private readonly ClusterReporter _reporter;
    private readonly EffectRunner _effects;
    private readonly TimeProvider _time;
    private readonly AttendedTime _attended = new();
    private readonly DateTimeOffset _epoch;
    private readonly long _epochTimestamp;
    private readonly ITimer _timer;
    private ClusterState _state;
    private ClusterSnapshot _snapshot = ClusterSnapshot.Empty;
    private TimeSpan _now;
    private TimeSpan? _due;
    private bool _hasLostInput;
    private Life _life;
    private int _isTerminated;

    internal ClusterLoop(
        SupervisorSettings settings,
        IWorkerStarter starter,
        IClusterSockets sockets,
        IReleases releases,
        IHangDump? dump,
        TimeProvider time,
        ILoggerFactory loggerFactory)
    {
        _links = new WorkerLinks(starter, dump, time, this);
        _sockets = sockets;
        _reporter = new ClusterReporter(loggerFactory);
        _time = time;
        _epoch = time.GetUtcNow();
        _epochTimestamp = time.GetTimestamp();
        _state = ClusterState.Create(settings);
        _effects = new EffectRunner(_links, sockets, releases, _reloads, _scalings, _aborts, _events, _reporter, time, _epoch, this);
        Bus = new ClusterBus((topic, payload) => Relay(new Message.Publish(topic, payload)), loggerFactory.CreateMasterLogger());
        _timer = time.CreateTimer(_ => Post(new Input.Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The cluster as it is now.</summary>
    internal ClusterSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Completes when the first generation serves; fails if it cannot.</summary>
    internal Task Started => _effects.Started;

    /// <summary>Completes when no worker is left.</summary>
    internal Task Stopped => _effects.Stopped;

    /// <summary>The master's own end of the bus.</summary>
    internal ClusterBus Bus { get; }

    /// <summary>Called when a worker asks for the cluster to stop in order.</summary>
    internal Action? StopRequested { get; set; }

    /// <summary>Ends the process at once, so that the kernel closes the control channels: workers see end-of-file and drain.</summary>
    internal Action<string, Exception> FailFast { get; set; } = Environment.FailFast;

    internal IAsyncEnumerable<ReclusterEvent> WatchAsync(CancellationToken cancellationToken) => _events.WatchAsync(cancellationToken);

    /// <summary>The host starts: what is asked for from now on is done when the first generation serves.</summary>
    internal void Open()
    {
        lock (_gate)
        {
            _life = _life == Life.Closed ? Life.Open : _life;
        }
    }

    internal void Start()
    {
        lock (_gate)
        {
            if (_life > Life.Open)
            {
                return; // The host was told to stop before it had started.
            }

            _life = Life.Running;
        }

        Post(new Input.Tick());
        _ = RunAsync();
    }

    /// <summary>A loop that does not run never will: there is nothing to stop, and whoever waits is answered.</summary>
    internal void EndUnlessStarted()
    {
        lock (_gate)
        {
            if (_life >= Life.Running)
            {
                return;
            }

            _life = Life.Ended;
        }

        End();
    }

    public void Post(Input input) => _inbox.Writer.TryWrite(input);

    public void Request(PendingCall<ReloadResult> call, string? reason)
    {
        if (IsClosed)
        {
            call.Answer(new() { Status = ReloadStatus.Refused, Reason = HostNotStarted });
        }
        else if (_reloads.TryAdd(call))
        {
            Post(new Input.ReloadRequested(call.Number) { Reason = string.IsNullOrWhiteSpace(reason) ? null : FreeText.Line(reason) });
        }
    }

    public void Request(PendingCall<bool> call)
    {
        if (IsClosed)
        {
            call.Answer(false);
        }
        else if (_aborts.TryAdd(call))
        {
            Post(new Input.AbortRequested(call.Number));
        }
    }

    public void Request(PendingCall<ScaleResult> call, int workers)
    {
        if (IsClosed)
        {
            call.Answer(new() { Status = ScaleStatus.Refused, Reason = HostNotStarted });
        }
        else if (_scalings.TryAdd(call))
        {
            Post(new Input.ScaleRequested(workers, 0, call.Number));
        }
    }

    public void GiveUp(PendingCall<ReloadResult> call)
    {
        call.GiveUp();
        Post(new Input.ReloadGivenUp(call.Number));
    }

    public void GiveUp(PendingCall<ScaleResult> call)
    {
        call.GiveUp();
        Post(new Input.ScaleGivenUp(call.Number));
    }

    /// <summary>Asked again, it is the same end.</summary>
    internal void Terminate()
    {
        EndUnlessStarted();
        if (Interlocked.Exchange(ref _isTerminated, 1) == 0)
        {
            Post(new Input.TerminateRequested());
        }
    }

    public void RequestStop() => Try("the stop that a worker asked for", () => StopRequested?.Invoke());

    public void Watch(Action<ReclusterEvent> watcher, CancellationToken end)
    {
        _ = ForwardAsync();

        async Task ForwardAsync()
        {
            try
            {
                await foreach (var reclusterEvent in _events.WatchAsync(end))
                {
                    watcher(reclusterEvent);
                }
            }
            catch (OperationCanceledException)
            {
                // The worker watches no more, or is gone.
            }
        }
    }

    public void Relay(Message.Publish message)
    {
        Bus.Deliver(message.Topic, message.Payload);
        _links.Publish(message, worker => _reporter.BusOverflow(worker.Slot, worker.ProcessId, message.Topic));
    }

    public void ReportProtocolError(long worker, Exception error) => _reporter.ProtocolError(worker, error);

    public void Dispose()
    {
        _timer.Dispose();
        EndUnlessStarted();
        End();
    }

    private bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _life == Life.Closed;
            }
        }
    }

    private void End()
    {
        _reloads.End(() => new() { Status = ReloadStatus.Stopping, Generation = Snapshot.Generation, Reason = HasEnded });
        _scalings.End(() => new() { Status = ScaleStatus.Stopping, Workers = Snapshot.Slots, Reason = HasEnded });
        _aborts.End(() => false);
        _effects.End();
    }

    private TimeSpan Attend() => _attended.Look(_time.GetElapsedTime(_epochTimestamp));

    private async Task RunAsync()
    {
        try
        {
            await foreach (var input in _inbox.Reader.ReadAllAsync())
            {
                Step(input);
            }
        }
        catch (Exception e)
        {
            _reporter.LoopBroken(e);
            End();
            FailFast("Recluster: the master's loop is broken.", e);
        }
    }

    private void Step(Input input)
    {
        var time = Attend();
        _now = _inbox.Reader.TryPeek(out _) && time - _now < Patience ? _now : time;
        if (input is Input.Tick)
        {
            _hasLostInput = false;
            _links.Compare(_state);
        }

        // Most ticks come only to see the time pass.
        if (input is not Input.Tick || !(_now < _due))
        {
            Take(input);
        }

        SetTimer();
    }

    private void Take(Input input)
    {
        var before = _state;
        (_state, var effects) = Reduce(input);
        if (SnapshotMaker.IsNewer(before, _state))
        {
            Try("publishing the snapshot", Publish);
        }

        _effects.Carry(effects, () => Snapshot);
        if (input is Input.Listening or Input.Ready or Input.Beat)
        {
            Try("checking the socket files", CheckFiles);
        }

        switch (input)
        {
            case Input.Exited exited:
                _links.RemoveExited(exited.Worker);
                break;
            case Input.ReloadGivenUp given:
                _reloads.Remove(given.Request);
                break;
            case Input.ScaleGivenUp given:
                _scalings.Remove(given.Request);
                break;
        }

        _due = ClusterDeadlines.Next(_state, _now);
    }

    private void SetTimer()
    {
        var time = Attend();
        if (_inbox.Reader.TryPeek(out _))
        {
            return; // The next step does it.
        }

        var isAwaited = _due is not null || _hasLostInput;
        var sleep = _due - time is { } rest && rest < AttendedTime.LongestSleep ? Max(rest, TimeSpan.Zero) : AttendedTime.LongestSleep;

        // In whole milliseconds, as timers count, and rounded up: one that comes too early would only be set again.
        sleep = isAwaited ? TimeSpan.FromMilliseconds(Math.Ceiling(sleep.TotalMilliseconds)) : Timeout.InfiniteTimeSpan;
        _attended.Sleep(isAwaited ? sleep : NoEnd);
        _timer.Change(sleep, Timeout.InfiniteTimeSpan);
    }

    /// <summary>An input that the supervisor cannot take is dropped. If it cannot take even the passing of time, the loop is broken.</summary>
    private (ClusterState State, IReadOnlyList<Effect> Effects) Reduce(Input input)
    {
        try
        {
            return ClusterReducer.Reduce(_state, input, _now);
        }
        catch (Exception e)
        {
            _reporter.InputFailed(input, e);
            _hasLostInput = true;
            return ClusterReducer.Reduce(_state, new Input.Tick(), _now);
        }
    }

    private void Try(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _reporter.StepFailed(what, e);
        }
    }

    private void CheckFiles()
    {
        if (_sockets.CheckFiles() is { } lost)
        {
            Post(new Input.SocketFileLost(lost));
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private void Publish()
    {
        var snapshot = SnapshotMaker.Make(_state, _epoch);
        var isReportNew = snapshot.Report != _snapshot.Report;
        Volatile.Write(ref _snapshot, snapshot);
        if (isReportNew)
        {
            _links.SendAll(new Message.Report(snapshot.Report.ToJson()));
        }

        _links.SendAll(new Message.Cluster(snapshot.ToJson()));
    }

    private enum Life
    {
        /// <summary>The host has not begun to start, and may never: nothing that is asked for would be done.</summary>
        Closed,
        Open,
        Running,

        /// <summary>It has ended without having run.</summary>
        Ended,
    }
}
