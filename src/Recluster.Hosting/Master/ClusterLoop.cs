using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
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
    private readonly Channel<Input> _inbox = Channel.CreateUnbounded<Input>(new() { SingleReader = true });
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<long, WorkerLink> _links = [];
    private readonly Dictionary<long, Action<ReloadResult>> _requests = [];
    private readonly IWorkerStarter _starter;
    private readonly ClusterReporter _reporter;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _epoch;
    private readonly long _epochTimestamp;
    private readonly ITimer _timer;
    private ClusterState _state;
    private ClusterSnapshot _snapshot = ClusterSnapshot.Empty;
    private long _lastRequest;

    internal ClusterLoop(SupervisorSettings settings, IWorkerStarter starter, TimeProvider time, ILogger logger)
    {
        _starter = starter;
        _reporter = new ClusterReporter(logger);
        _time = time;
        _epoch = time.GetUtcNow();
        _epochTimestamp = time.GetTimestamp();
        _state = ClusterState.Create(settings);
        _timer = time.CreateTimer(_ => Post(new Input.Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The cluster as it is now.</summary>
    internal ClusterSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Completes when the first generation serves; fails if it cannot.</summary>
    internal Task Started => _started.Task;

    /// <summary>Completes when no worker is left.</summary>
    internal Task Stopped => _stopped.Task;

    internal void Start()
    {
        Post(new Input.Tick());
        _ = RunAsync();
    }

    public void Post(Input input) => _inbox.Writer.TryWrite(input);

    public void RequestReload(Action<ReloadResult> answer)
    {
        var number = Interlocked.Increment(ref _lastRequest);
        lock (_requests)
        {
            _requests.Add(number, answer);
        }

        Post(new Input.ReloadRequested(number));
    }

    public void ReportProtocolError(long worker, Exception error) => _reporter.ProtocolError(worker, error);

    public void Dispose() => _timer.Dispose();

    private async Task RunAsync()
    {
        await foreach (var input in _inbox.Reader.ReadAllAsync())
        {
            try
            {
                Step(input);
            }
            catch (Exception e)
            {
                // An effect that throws is a defect of ours; the cluster must outlive it, and it must be seen.
                _reporter.LoopFailed(input, e);
            }
        }
    }

    private void Step(Input input)
    {
        var (state, effects) = ClusterReducer.Reduce(_state, input, Now);
        var changed = state.Workers != _state.Workers || state.Generation != _state.Generation;
        _state = state;
        if (changed)
        {
            Publish();
        }

        foreach (var effect in effects)
        {
            Carry(effect);
        }

        if (input is Input.Exited exited)
        {
            _links.Remove(exited.Worker);
        }

        var due = ClusterDeadlines.Next(_state, Now) is { } next ? TimeSpan.FromTicks(Math.Max(0, (next - Now).Ticks)) : Timeout.InfiniteTimeSpan;
        _timer.Change(due < TimeSpan.FromDays(40) ? due : TimeSpan.FromDays(40), Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Now => _time.GetElapsedTime(_epochTimestamp);

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case Effect.Start start:
                StartWorker(start);
                break;
            case Effect.Assign assign:
                Send(assign.Worker, new Message.Assign(assign.Number, assign.Slots));
                break;
            case Effect.Drain drain:
                Send(drain.Worker, new Message.Drain(drain.Timeout));
                break;
            case Effect.Stop stop:
                Send(stop.Worker, new Message.Stop(stop.Timeout));
                break;
            case Effect.Kill kill:
                _links.GetValueOrDefault(kill.Worker)?.Kill();
                break;
            case Effect.Answer answer:
                Answer(answer);
                break;
            case Effect.Notify notify:
                _reporter.Report(notify.Event);
                break;
            case Effect.ReportStarted:
                _started.TrySetResult();
                break;
            case Effect.ReportStopped stopped:
                ReportStopped(stopped.Failure);
                break;
        }
    }

    private void StartWorker(Effect.Start start)
    {
        try
        {
            var process = _starter.Start(start.Worker, start.Slot, start.Generation);
            var link = new WorkerLink(start.Worker, process, this);
            _links.Add(start.Worker, link);
            Post(new Input.Started(start.Worker, process.ProcessId));
            link.Send(new Message.Cluster(Snapshot.ToJson()));
        }
        catch (ProcessStartException e)
        {
            Post(new Input.Exited(start.Worker, ExitStatus.NotStarted(e.Message), []));
        }
    }

    private void Send(long worker, Message message) => _links.GetValueOrDefault(worker)?.Send(message);

    private void Answer(Effect.Answer answer)
    {
        Action<ReloadResult>? reply;
        lock (_requests)
        {
            _requests.Remove(answer.Request, out reply);
        }

        reply?.Invoke(answer.Result);
    }

    private void ReportStopped(StartFailure? failure)
    {
        if (failure is not null)
        {
            _started.TrySetException(new ReclusterStartException(failure));
        }

        _started.TrySetCanceled();
        _stopped.TrySetResult();
    }

    private void Publish()
    {
        var snapshot = new ClusterSnapshot(
            _state.Generation,
            _state.Settings.Workers,
            [.. _state.Workers.Values.OrderBy(worker => worker.Slot).ThenBy(worker => worker.Id).Select(Describe)]);
        Volatile.Write(ref _snapshot, snapshot);
        var message = new Message.Cluster(snapshot.ToJson());
        foreach (var link in _links.Values)
        {
            link.Send(message);
        }
    }

    private ReclusterWorkerInfo Describe(WorkerState worker) => new()
    {
        Slot = worker.Slot,
        ProcessId = worker.ProcessId,
        Generation = worker.Generation,
        Phase = worker.Phase,
        StartTime = _epoch + worker.StartedAt,
    };
}
