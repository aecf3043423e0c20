using System.Threading.Channels;

namespace Recluster.Messaging;

/// <summary>Hands each event to everyone who watches at that moment.</summary>
/// <param name="watched">Told when the first begins to watch (true) and when the last has ceased (false).</param>
internal sealed class EventHub(Action<bool>? watched = null)
{
    private const int Backlog = 1024;

    private readonly Lock _gate = new();
    private volatile Channel<ReclusterEvent>[] _watchers = [];
    private bool _completed;

    internal bool IsWatched => _watchers.Length > 0;

    internal void Publish(ReclusterEvent reclusterEvent)
    {
        foreach (var watcher in _watchers)
        {
            watcher.Writer.TryWrite(reclusterEvent);
        }
    }

    internal void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Array.ForEach(_watchers, watcher => watcher.Writer.TryComplete());
        }
    }

    /// <summary>Each enumeration is a subscription of its own, from GetAsyncEnumerator on until it is disposed.</summary>
    internal IAsyncEnumerable<ReclusterEvent> WatchAsync(CancellationToken cancellationToken) => new Watch(this, cancellationToken);

    private void Add(Channel<ReclusterEvent> watcher)
    {
        lock (_gate)
        {
            if (_completed)
            {
                watcher.Writer.TryComplete();
                return;
            }

            _watchers = [.. _watchers, watcher];
            if (_watchers.Length == 1)
            {
                watched?.Invoke(true);
            }
        }
    }

    private void Remove(Channel<ReclusterEvent> watcher)
    {
        lock (_gate)
        {
            var before = _watchers.Length;
            _watchers = [.. _watchers.Where(other => other != watcher)];
            if (before == 1 && _watchers.Length == 0 && !_completed)
            {
                watched?.Invoke(false);
            }
        }
    }

    private sealed class Watch(EventHub hub, CancellationToken outer) : IAsyncEnumerable<ReclusterEvent>
    {
        public IAsyncEnumerator<ReclusterEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            new Watcher(hub, CancellationTokenSource.CreateLinkedTokenSource(outer, cancellationToken));
    }

    private sealed class Watcher : IAsyncEnumerator<ReclusterEvent>
    {
        private readonly Channel<ReclusterEvent> _events = Channel.CreateBounded<ReclusterEvent>(
            new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

        private readonly EventHub _hub;
        private readonly CancellationTokenSource _end;

        internal Watcher(EventHub hub, CancellationTokenSource end)
        {
            (_hub, _end) = (hub, end);
            hub.Add(_events);
        }

        public ReclusterEvent Current { get; private set; } = null!;

        public async ValueTask<bool> MoveNextAsync()
        {
            if (!await _events.Reader.WaitToReadAsync(_end.Token) || !_events.Reader.TryRead(out var next))
            {
                return false;
            }

            Current = next;
            return true;
        }

        public ValueTask DisposeAsync()
        {
            _hub.Remove(_events);
            _end.Dispose();
            return default;
        }
    }
}
