using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Recluster.Messaging;
using Recluster.Protocol;

namespace Recluster.Lifecycle;

/// <summary>The cluster's control as a worker has it: requests travel over the control channel, snapshots come from there.</summary>
internal sealed class WorkerControl(Lazy<MessageChannel> channel) : IReclusterControl, IClusterFacts
{
    internal const int MostCalls = 1024;

    private const string MasterGone = "The master process is gone.";

    private const string HostNotStarted =
        "The host of this worker has not started. Call this once it runs, for instance in IHostApplicationLifetime.ApplicationStarted.";

    private static readonly string TooMany =
        $"{MostCalls} calls of this worker wait for an answer already. Make it again when the running reload or scaling has ended.";

    private readonly ConcurrentDictionary<long, TaskCompletionSource<string?>> _pending = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EventHub _events = new(isWatched => channel.Value.Send(new Message.Watch(isWatched)));
    private readonly Lock _gate = new();
    private readonly StrongBox<int> _reloads = new();
    private readonly StrongBox<int> _aborts = new();
    private readonly StrongBox<int> _scalings = new();
    private string? _unreadSnapshot;
    private string? _unreadReport;
    private ClusterSnapshot _snapshot = ClusterSnapshot.Empty;
    private ClusterReport _report = ClusterReport.Empty;
    private long _lastRequest;
    private volatile bool _isOpen;
    private volatile bool _closed;

    public IReadOnlyList<ReclusterWorkerInfo?> ActiveWorkers => Snapshot.ActiveWorkers;

    public IReadOnlyList<ReclusterWorkerInfo> Workers => Snapshot.Workers;

    public int Generation => Snapshot.Generation;

    public bool IsStopping => Snapshot.IsStopping;

    public ReloadResult? LastReload => Report.LastReload;

    public bool HasCluster => true;

    public IReadOnlyDictionary<string, string> FailedServices => Report.FailedServices ?? ClusterReport.NoFailures;

    public string? ChangedFiles => Report.ChangedFiles;

    // Parsed when asked for: most workers never ask, and parsing would cost each of them JIT time at every start.
    private ClusterSnapshot Snapshot
    {
        get
        {
            lock (_gate)
            {
                if (_unreadSnapshot is { } json)
                {
                    _unreadSnapshot = null;
                    _snapshot = ClusterSnapshot.FromJson(json);
                }

                return _snapshot;
            }
        }
    }

    private ClusterReport Report
    {
        get
        {
            lock (_gate)
            {
                if (_unreadReport is { } json)
                {
                    _unreadReport = null;
                    _report = ClusterReport.FromJson(json);
                }

                return _report;
            }
        }
    }

    public Task<ReloadResult> ReloadAsync(ReloadOptions? options = null, CancellationToken cancellationToken = default) => RequestAsync(
        _reloads,
        number => new Message.Reload(number, string.IsNullOrEmpty(options?.Reason) ? null : options.Reason),
        ReloadResult.FromJson,
        () => new ReloadResult { Status = ReloadStatus.Stopping, Reason = MasterGone },
        reason => new ReloadResult { Status = ReloadStatus.Refused, Reason = reason },
        cancellationToken);

    public Task<bool> AbortReloadAsync(CancellationToken cancellationToken = default) =>
        RequestAsync(_aborts, number => new Message.Abort(number), bool.Parse, () => false, _ => false, cancellationToken);

    public Task<ScaleResult> ScaleAsync(int workers, CancellationToken cancellationToken = default) => RequestAsync(
        _scalings,
        number => new Message.Scale(number, workers),
        ScaleResult.FromJson,
        () => new ScaleResult { Status = ScaleStatus.Stopping, Reason = MasterGone },
        reason => new ScaleResult { Status = ScaleStatus.Refused, Reason = reason },
        cancellationToken);

    public IAsyncEnumerable<ReclusterEvent> WatchAsync(CancellationToken cancellationToken = default) => _events.WatchAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        channel.Value.Send(new Message.End());
        return Task.CompletedTask;
    }

    public Task TerminateAsync(CancellationToken cancellationToken = default)
    {
        channel.Value.Send(new Message.Terminate());
        return _end.Task.WaitAsync(cancellationToken); // This process is about to be killed, unless the master is gone.
    }

    /// <summary>Slots whose successor is ready.</summary>
    internal IReadOnlyList<int> Switching => Snapshot.Switching ?? [];

    internal void Update(string snapshotJson)
    {
        lock (_gate)
        {
            _unreadSnapshot = snapshotJson;
        }
    }

    internal void UpdateReport(string reportJson)
    {
        lock (_gate)
        {
            _unreadReport = reportJson;
        }
    }

    internal void Publish(string eventJson)
    {
        if (JsonSerializer.Deserialize(eventJson, ProtocolJson.Default.ReclusterEvent) is { } reclusterEvent)
        {
            _events.Publish(reclusterEvent);
        }
    }

    internal void Complete(long request, string? json)
    {
        if (_pending.TryRemove(request, out var waiting))
        {
            waiting.TrySetResult(json);
        }
    }

    /// <summary>The answers of the master are read from now on.</summary>
    internal void Open() => _isOpen = true;

    /// <summary>The master is gone: nothing that waits will be answered.</summary>
    internal void Close()
    {
        _closed = true;
        _events.Complete();
        _end.TrySetResult();
        foreach (var request in _pending.Keys)
        {
            Complete(request, null);
        }
    }

    /// <param name="ofItsKind">How many calls of its kind wait.</param>
    /// <param name="message">What is sent, by the number of the call.</param>
    /// <param name="parse">Reads the answer.</param>
    /// <param name="masterGone">The answer if none comes any more.</param>
    /// <param name="refuse">The answer to a call that is not made, by the reason.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    private async Task<T> RequestAsync<T>(
        StrongBox<int> ofItsKind,
        Func<long, Message> message,
        Func<string, T> parse,
        Func<T> masterGone,
        Func<string, T> refuse,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_isOpen)
        {
            return refuse(HostNotStarted);
        }

        var number = Interlocked.Increment(ref _lastRequest);
        try
        {
            if (Interlocked.Increment(ref ofItsKind.Value) > MostCalls)
            {
                return refuse(TooMany);
            }

            var waiting = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _pending[number] = waiting;
            channel.Value.Send(message(number));
            if (_closed)
            {
                Close();
            }

            return await waiting.Task.WaitAsync(cancellationToken) is { } json ? parse(json) : masterGone();
        }
        catch (OperationCanceledException)
        {
            if (_pending.TryRemove(number, out _))
            {
                channel.Value.Send(new Message.GiveUp(number));
            }

            throw;
        }
        finally
        {
            Interlocked.Decrement(ref ofItsKind.Value);
        }
    }
}
