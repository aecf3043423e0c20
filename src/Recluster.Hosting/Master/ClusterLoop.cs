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
/// goes through the pure reducer, its effects are carried out in order, and the state is published as an immutable snapshot.
/// </summary>
internal sealed class ClusterLoop : IClusterInbox, IDisposable
{
    // The runtime's timers do not reach farther than about 49 days.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(40);

    // A timer that comes later than this was held up by more than an ordinary busy moment.
    private static readonly TimeSpan Punctuality = TimeSpan.FromSeconds(1);

    private readonly Channel<Input> _inbox = Channel.CreateUnbounded<Input>(new() { SingleReader = true });
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PendingAnswers _answers = new();
    private readonly EventHub _events = new();
    private readonly WorkerLinks _links;
    private readonly IClusterSockets _sockets;
    private readonly ClusterReporter _reporter;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _epoch;
    private readonly long _epochTimestamp;
    private readonly ITimer _timer;
    private ClusterState _state;
    private ClusterSnapshot _snapshot = ClusterSnapshot.Empty;
    private TimeSpan? _due;

    internal ClusterLoop(
        SupervisorSettings settings, IWorkerStarter starter, IClusterSockets sockets, HangDump? dump, TimeProvider time, ILoggerFactory loggerFactory)
    {
        _links = new WorkerLinks(starter, dump, this);
        _sockets = sockets;
        _reporter = new ClusterReporter(loggerFactory);
        _time = time;
        _epoch = time.GetUtcNow();
        _epochTimestamp = time.GetTimestamp();
        _state = ClusterState.Create(settings);
        Bus = new ClusterBus((topic, payload) => Relay(new Message.Publish(topic, payload)), loggerFactory.CreateLogger("Recluster.Master"));
        _timer = time.CreateTimer(_ => Post(new Input.Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The cluster as it is now.</summary>
    internal ClusterSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Completes when the first generation serves; fails if it cannot.</summary>
    internal Task Started => _started.Task;

    /// <summary>Completes when no worker is left.</summary>
    internal Task Stopped => _stopped.Task;

    /// <summary>The master's own end of the bus.</summary>
    internal ClusterBus Bus { get; }

    /// <summary>Called when a worker asks for the cluster to stop in order.</summary>
    internal Action? StopRequested { get; set; }

    internal IAsyncEnumerable<ReclusterEvent> WatchAsync(CancellationToken cancellationToken) => _events.WatchAsync(cancellationToken);

    internal void Start()
    {
        Post(new Input.Tick());
        _ = RunAsync();
    }

    public void Post(Input input) => _inbox.Writer.TryWrite(input);

    public void RequestReload(Action<ReloadResult> answer) => Post(new Input.ReloadRequested(_answers.Add(answer)));

    public void RequestScale(int workers, Action<ScaleResult> answer) => Post(new Input.ScaleRequested(workers, 0, _answers.Add(answer)));

    public void RequestStop() => StopRequested?.Invoke();

    public void Watch(Action<ReclusterEvent> watcher, Task end)
    {
        var ended = new CancellationTokenSource(); // Never disposed: it may be cancelled after the events have ended.
        var events = _events.WatchAsync(ended.Token);
        _ = end.ContinueWith(_ => ended.Cancel(), TaskScheduler.Default);
        _ = ForwardAsync();

        async Task ForwardAsync()
        {
            try
            {
                await foreach (var reclusterEvent in events)
                {
                    watcher(reclusterEvent);
                }
            }
            catch (OperationCanceledException)
            {
                // The watching worker is gone.
            }
        }
    }

    public void Relay(Message.Publish message)
    {
        Bus.Deliver(message.Topic, message.Payload);
        _links.Publish(message, worker => _reporter.BusOverflow(worker, message.Topic));
    }

    public void ReportProtocolError(long worker, Exception error) => _reporter.ProtocolError(worker, error);

    public void Dispose() => _timer.Dispose();

    private TimeSpan Now => _time.GetElapsedTime(_epochTimestamp);

    private async Task RunAsync()
    {
        await foreach (var input in _inbox.Reader.ReadAllAsync())
        {
            try
            {
                Step(input is Input.Tick ? new Input.Tick(Lateness()) : input);
            }
            catch (Exception e)
            {
                // An effect that throws is a defect of ours; the cluster must outlive it, and it must be seen.
                _reporter.LoopFailed(input, e);
            }
        }
    }

    private TimeSpan Lateness() => _due is { } due && Now - due is var late && late > Punctuality ? late : TimeSpan.Zero;

    private void Step(Input input)
    {
        var now = Now; // One for the step and for what comes next: a deadline between two of them would be lost.
        var (state, effects) = ClusterReducer.Reduce(_state, input, now);
        var isToPublish = SnapshotMaker.IsNewer(_state, state);
        _state = state;
        if (isToPublish)
        {
            Publish();
        }

        foreach (var effect in effects)
        {
            Carry(effect);
        }

        if (input is Input.Listening or Input.Ready or Input.Beat && _sockets.CheckFiles() is { } lost)
        {
            Post(new Input.SocketFileLost(lost));
        }

        if (input is Input.Exited exited)
        {
            _links.Remove(exited.Worker);
        }

        _due = ClusterDeadlines.Next(_state, now);
        _timer.Change(_due is { } due ? Until(due) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // In whole milliseconds, as timers count, and rounded up: one that comes too early would only be armed again.
    private TimeSpan Until(TimeSpan due) =>
        TimeSpan.FromMilliseconds(Math.Ceiling(Math.Clamp((due - Now).TotalMilliseconds, 0, LongestSleep.TotalMilliseconds)));

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case Effect.Start start:
                _links.Start(start, new Message.Cluster(Snapshot.ToJson()));
                break;
            case Effect.Assign assign:
                _links.Send(assign.Worker, new Message.Assign(assign.Number, assign.Slots));
                break;
            case Effect.ShortenWarmUp shorten:
                _links.Send(shorten.Worker, new Message.ShortenWarmUp(shorten.Extent));
                break;
            case Effect.Drain drain:
                _links.Send(drain.Worker, new Message.Drain(drain.Timeout, drain.Spread));
                break;
            case Effect.Finish finish:
                _links.Send(finish.Worker, new Message.Finish(finish.Timeout));
                break;
            case Effect.Stop stop:
                _links.Send(stop.Worker, new Message.Stop(stop.Timeout));
                break;
            case Effect.Kill kill:
                _links.Kill(kill);
                break;
            case Effect.Reserve reserve:
                Reserve(reserve.Slots);
                break;
            case Effect.OfferSockets offer:
                _links.Send(offer.Worker, new Message.Sockets(offer.Slots));
                break;
            case Effect.ReserveEndpoint reserve:
                _ = ReserveAsync(reserve);
                break;
            case Effect.KeepEndpoints keep:
                foreach (var place in _sockets.Keep(keep.Keys))
                {
                    _links.SendAll(new Message.Retire(place));
                }

                break;
            case Effect.RebindFiles:
                if (_sockets.Rebind())
                {
                    Post(new Input.ReloadRequested(null));
                }

                break;
            case Effect.Resize resize:
                _sockets.Resize(resize.ListeningSlots, resize.Slots);
                break;
            case Effect.CloseSockets:
                _sockets.Close();
                break;
            case Effect.Answer answer:
                _answers.Complete(answer.Request, answer.Result);
                break;
            case Effect.AnswerScale answer:
                _answers.Complete(answer.Request, answer.Result);
                break;
            case Effect.Notify notify:
                Notify(notify.Event);
                break;
            case Effect.ReportStarted:
                _started.TrySetResult();
                break;
            case Effect.ReportStopped stopped:
                ReportStopped(stopped.Failure);
                break;
        }
    }

    private void Reserve(int slots)
    {
        string? error;
        try
        {
            error = _sockets.Reserve(slots);
        }
        catch (Exception e)
        {
            error = e.Message; // Foreseen or not, whoever asked is answered.
        }

        Post(new Input.Reserved(slots, error));
    }

    private async Task ReserveAsync(Effect.ReserveEndpoint reserve)
    {
        EndpointAnswer answer;
        try
        {
            answer = await _sockets.ReserveAsync(reserve.Key);
        }
        catch (Exception e)
        {
            answer = new EndpointAnswer(null, Error: e.Message);
        }

        if (answer.Address is { } address)
        {
            _links.Send(reserve.Worker, new Message.Bound(reserve.Key, address));
        }
        else if (answer.Missing is { } missing)
        {
            _links.Send(reserve.Worker, new Message.Failed(reserve.Key, missing));
        }

        Post(new Input.EndpointReserved(reserve.Worker, answer.Error));
    }

    private void Notify(ClusterEvent clusterEvent)
    {
        _reporter.Report(clusterEvent);
        if (_events.IsWatched && PublicEvent.From(clusterEvent, _time.GetUtcNow(), _epoch) is { } reclusterEvent)
        {
            _events.Publish(reclusterEvent);
        }
    }

    private void ReportStopped(StartFailure? failure)
    {
        if (failure is not null)
        {
            _started.TrySetException(new ReclusterStartException(failure));
        }

        _started.TrySetCanceled();
        _events.Complete();
        _stopped.TrySetResult();
    }

    private void Publish()
    {
        var snapshot = SnapshotMaker.Make(_state, _epoch);
        Volatile.Write(ref _snapshot, snapshot);
        _links.SendAll(new Message.Cluster(snapshot.ToJson()));
    }
}
