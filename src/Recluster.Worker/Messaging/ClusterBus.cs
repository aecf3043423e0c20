using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Recluster.Lifecycle;

namespace Recluster.Messaging;

/// <summary>The bus as one process has it: what is published goes to <paramref name="send"/>, what arrives goes to the subscribers.</summary>
internal sealed class ClusterBus(Action<string, ReadOnlyMemory<byte>> send, ILogger logger) : IReclusterBus
{
    private const int Backlog = 1024;

    private readonly ConcurrentDictionary<Subscription, byte> _subscriptions = new();
    private readonly ILogger _logger = logger;

    public ValueTask PublishAsync(string topic, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        if (topic.Length > IReclusterBus.MaxTopic)
        {
            throw new ArgumentException($"A topic has at most {IReclusterBus.MaxTopic} characters; this one has {topic.Length}.", nameof(topic));
        }

        if (payload.Length > IReclusterBus.MaxPayload)
        {
            throw new ArgumentException(
                $"A payload has at most {IReclusterBus.MaxPayload} bytes; this one has {payload.Length}. Publish a key, and let each process fetch the data.",
                nameof(payload));
        }

        cancellationToken.ThrowIfCancellationRequested();
        send(topic, payload.ToArray());
        return default;
    }

    public IDisposable Subscribe(string topic, Func<ReadOnlyMemory<byte>, ValueTask> handler)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentNullException.ThrowIfNull(handler);
        var subscription = new Subscription(this, topic, handler);
        _subscriptions.TryAdd(subscription, 0);
        return subscription;
    }

    /// <summary>A message has arrived. Never blocks: each subscription has its own queue and its own pace.</summary>
    internal void Deliver(string topic, ReadOnlyMemory<byte> payload)
    {
        foreach (var (subscription, _) in _subscriptions)
        {
            if (subscription.Topic == topic && !subscription.TryWrite(payload, out var isFirst) && isFirst)
            {
                WorkerLog.BusOverflow(_logger, topic);
            }
        }
    }

    private sealed class Subscription : IDisposable
    {
        private readonly Channel<ReadOnlyMemory<byte>> _queue = Channel.CreateBounded<ReadOnlyMemory<byte>>(
            new BoundedChannelOptions(Backlog) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

        private readonly ClusterBus _bus;
        private readonly Func<ReadOnlyMemory<byte>, ValueTask> _handler;
        private int _isBehind;

        internal Subscription(ClusterBus bus, string topic, Func<ReadOnlyMemory<byte>, ValueTask> handler)
        {
            _bus = bus;
            Topic = topic;
            _handler = handler;
            _ = RunAsync();
        }

        internal string Topic { get; }

        public void Dispose()
        {
            _bus._subscriptions.TryRemove(this, out _);
            _queue.Writer.TryComplete();
        }

        /// <param name="payload">The message.</param>
        /// <param name="isFirst">It is the first that is dropped since the subscriber had handled all.</param>
        internal bool TryWrite(ReadOnlyMemory<byte> payload, out bool isFirst)
        {
            if (_queue.Reader.Count == 0)
            {
                Volatile.Write(ref _isBehind, 0);
            }

            var isWritten = _queue.Writer.TryWrite(payload);
            isFirst = !isWritten && Interlocked.Exchange(ref _isBehind, 1) == 0;
            return isWritten;
        }

        private async Task RunAsync()
        {
            await foreach (var payload in _queue.Reader.ReadAllAsync())
            {
                try
                {
                    await _handler(payload);
                }
                catch (Exception e)
                {
                    WorkerLog.BusHandlerFailed(_bus._logger, Topic, e);
                }
            }
        }
    }
}
