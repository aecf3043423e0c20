using System.Collections.Concurrent;
using Recluster.Protocol;

namespace Recluster.Lifecycle;

/// <summary>The cluster's control as a worker has it: requests travel over the control channel, snapshots come from there.</summary>
internal sealed class WorkerControl(Lazy<MessageChannel> channel) : IReclusterControl
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<ReloadResult>> _pending = new();
    private string? _unreadSnapshot;
    private ClusterSnapshot _snapshot = ClusterSnapshot.Empty;
    private long _lastRequest;
    private volatile bool _closed;

    public IReadOnlyList<ReclusterWorkerInfo?> ActiveWorkers => Snapshot.ActiveWorkers;

    public IReadOnlyList<ReclusterWorkerInfo> Workers => Snapshot.Workers;

    // Parsed when asked for: most workers never ask, and parsing would cost each of them JIT time at every start.
    private ClusterSnapshot Snapshot
    {
        get
        {
            if (Interlocked.Exchange(ref _unreadSnapshot, null) is { } json)
            {
                _snapshot = ClusterSnapshot.FromJson(json);
            }

            return _snapshot;
        }
    }

    public Task<ReloadResult> ReloadAsync(CancellationToken cancellationToken = default) =>
        RequestAsync(number => new Message.Reload(number), cancellationToken);

    public Task TerminateAsync(CancellationToken cancellationToken = default) =>
        RequestAsync(number => new Message.Terminate(number), cancellationToken);

    internal void Update(string snapshotJson) => Volatile.Write(ref _unreadSnapshot, snapshotJson);

    internal void Complete(long request, string resultJson)
    {
        if (_pending.TryRemove(request, out var waiting))
        {
            waiting.TrySetResult(ReloadResult.FromJson(resultJson));
        }
    }

    internal void Refuse(long request, string reason)
    {
        if (_pending.TryRemove(request, out var waiting))
        {
            waiting.TrySetResult(Stopping(reason));
        }
    }

    /// <summary>The master is gone: nothing that waits will be answered.</summary>
    internal void Close()
    {
        _closed = true;
        foreach (var request in _pending.Keys)
        {
            Refuse(request, "The master process is gone.");
        }
    }

    private async Task<ReloadResult> RequestAsync(Func<long, Message> message, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _lastRequest);
        var waiting = new TaskCompletionSource<ReloadResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[number] = waiting;
        channel.Value.Send(message(number));
        if (_closed)
        {
            Close();
        }

        return await waiting.Task.WaitAsync(cancellationToken);
    }

    private static ReloadResult Stopping(string reason) => new() { Status = ReloadStatus.Stopping, Reason = reason };
}
