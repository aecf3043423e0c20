using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Recluster.Sockets;

/// <summary>The connections this worker has, and the moment when a draining worker has none left.</summary>
internal sealed class ConnectionRegistry(TimeProvider time)
{
    private readonly ConcurrentDictionary<TrackedConnection, byte> _connections = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private long _accepted;
    private volatile bool _draining;

    internal TimeProvider Time => time;

    internal bool IsDraining => _draining;

    internal int Count => Volatile.Read(ref _count);

    /// <summary>All that were ever accepted.</summary>
    internal long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Called after <see cref="Count"/> has changed, with true for one connection more and false for one fewer.</summary>
    internal Action<bool>? Changed { get; set; }

    /// <summary>Completes when the worker drains and has no connection left.</summary>
    internal Task Drained => _drained.Task;

    /// <summary>Those that there are at this moment.</summary>
    internal ICollection<TrackedConnection> Connections => _connections.Keys;

    internal TrackedConnection Add(ConnectionContext connection, EndpointTraffic traffic, int slot = -1)
    {
        var tracked = new TrackedConnection(connection, this, traffic) { Slot = slot };
        connection.Features.Set(tracked);
        Interlocked.Increment(ref _count);
        Interlocked.Increment(ref _accepted);
        _connections.TryAdd(tracked, 0);
        Changed?.Invoke(true);
        return tracked;
    }

    internal void Remove(TrackedConnection connection)
    {
        _connections.TryRemove(connection, out _);
        var left = Interlocked.Decrement(ref _count);
        Changed?.Invoke(false);
        if (left == 0 && _draining)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>To be called when nothing is accepted any more.</summary>
    internal void BeginDrain()
    {
        _draining = true;
        Interlocked.MemoryBarrier();
        foreach (var (connection, _) in _connections)
        {
            connection.BeginDrain();
        }

        if (Count == 0)
        {
            _drained.TrySetResult();
        }
    }
}
