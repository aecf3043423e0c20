using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Recluster.Messaging;

/// <summary>Hands each event to everyone who watches at that moment.</summary>
internal sealed class EventHub
{
    private const int Backlog = 1024;

    private readonly ConcurrentDictionary<Channel<ReclusterEvent>, byte> _watchers = new();
    private volatile bool _completed;

    internal bool IsWatched => !_watchers.IsEmpty;

    internal void Publish(ReclusterEvent reclusterEvent)
    {
        foreach (var (watcher, _) in _watchers)
        {
            watcher.Writer.TryWrite(reclusterEvent);
        }
    }

    internal void Complete()
    {
        _completed = true;
        foreach (var (watcher, _) in _watchers)
        {
            watcher.Writer.TryComplete();
        }
    }

    /// <summary>The subscription exists from this call on, not only from the first MoveNext.</summary>
    internal IAsyncEnumerable<ReclusterEvent> WatchAsync(CancellationToken cancellationToken)
    {
        var watcher = Channel.CreateBounded<ReclusterEvent>(
            new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        _watchers.TryAdd(watcher, 0);
        if (_completed)
        {
            watcher.Writer.TryComplete();
        }

        return ReadAsync(watcher, cancellationToken);
    }

    private async IAsyncEnumerable<ReclusterEvent> ReadAsync(
        Channel<ReclusterEvent> watcher, CancellationToken outer, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(outer, cancellationToken);
        try
        {
            await foreach (var reclusterEvent in watcher.Reader.ReadAllAsync(linked.Token))
            {
                yield return reclusterEvent;
            }
        }
        finally
        {
            _watchers.TryRemove(watcher, out _);
        }
    }
}
