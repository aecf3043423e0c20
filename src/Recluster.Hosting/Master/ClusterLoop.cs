using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Messaging;
using Recluster.Processes;
using Recluster.Protocol;
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

    private readonly Channel<Input> _inbox = Channel.CreateUnbounded<Input>(new() { SingleReader = true });
    private readonly PendingAnswers _answers = new();
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

    internal ClusterLoop(
        SupervisorSettings settings, IWorkerStarter starter, IClusterSockets sockets, HangDump? dump, TimeProvider time, ILoggerFactory loggerFactory)
    {
        _links = new WorkerLinks(starter, dump, time, this);
        _sockets = sockets;
        _reporter = new ClusterReporter(loggerFactory);
        _time = time;
        _epoch = time.GetUtcNow();
        _epochTimestamp = time.GetTimestamp();
        _state = ClusterState.Create(settings);
        _effects = new EffectRunner(_links, sockets, _answers, _events, _reporter, time, _epoch, this);
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

    internal void Start()
    {
        Post(new Input.Tick());
        _ = RunAsync();
    }

    public void Post(Input input) => _inbox.Writer.TryWrite(input);

    public void RequestReload(Action<ReloadResult> answer) => Post(new Input.ReloadRequested(_answers.Add(answer)));

    public void RequestScale(int workers, Action<ScaleResult> answer) => Post(new Input.ScaleRequested(workers, 0, _answers.Add(answer)));

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

    public void Dispose() => _timer.Dispose();

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

        if (input is Input.Exited exited)
        {
            _links.RemoveExited(exited.Worker);
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
}
