using System.Threading.Channels;

namespace Recluster.WarmUp;

/// <summary>
/// Sends items by several senders at once. Each item is sent once before any is sent a second time, and only one that has answered is sent
/// again: a path that hangs occupies one sender and no more. Progress is the first time of an item, its beginning and its end.
/// </summary>
internal sealed class WarmUpQueue
{
    private readonly Channel<WarmUpItem> _waiting = Channel.CreateUnbounded<WarmUpItem>();
    private readonly int _concurrency;
    private readonly Action _onProgress;
    private readonly CompilerPauses? _pauses;
    private int _open;

    internal WarmUpQueue(IReadOnlyCollection<WarmUpItem> items, int concurrency, CompilerPauses? pauses, Action onProgress)
    {
        _concurrency = concurrency;
        _onProgress = onProgress;
        _pauses = pauses;
        Add(items);
    }

    /// <summary>Completes when all is sent, or with the token; how far each item has come, it says itself.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(Enumerable.Range(0, _concurrency).Select(_ => SendAsync(cancellationToken)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told by what was not answered.
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        await foreach (var item in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            if (item.TryTake(out var number))
            {
                if (number == 0)
                {
                    _onProgress();
                }

                await item.SendAsync(number, cancellationToken);
                if (number == 0)
                {
                    _onProgress();
                }

                await (_pauses?.AfterRequestAsync(cancellationToken) ?? Task.CompletedTask);

                // The first answer lets the others join in; from then on each sender puts back what it took.
                Add(Enumerable.Repeat(item, number == 0 ? _concurrency : 1).ToArray());
            }

            if (Interlocked.Decrement(ref _open) == 0)
            {
                _waiting.Writer.TryComplete();
            }
        }
    }

    private void Add(IReadOnlyCollection<WarmUpItem> items)
    {
        Interlocked.Add(ref _open, items.Count);
        foreach (var item in items)
        {
            _waiting.Writer.TryWrite(item);
        }

        if (Volatile.Read(ref _open) == 0)
        {
            _waiting.Writer.TryComplete(); // There was none to begin with.
        }
    }
}
