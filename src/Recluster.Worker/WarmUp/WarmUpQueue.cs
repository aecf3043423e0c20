using System.Threading.Channels;

namespace Recluster.WarmUp;

/// <summary>
/// Sends items by several senders at once. Each item is sent once before any is sent a second time, and only one that has answered is sent
/// again: a path that hangs occupies one sender and no more. Progress is the first time of an item, its beginning and its end.
/// When there is no more time than for that, what was sent again is given up.
/// </summary>
internal sealed class WarmUpQueue
{
    private readonly Channel<WarmUpItem> _waiting = Channel.CreateUnbounded<WarmUpItem>();
    private readonly int _concurrency;
    private readonly Action _onProgress;
    private readonly CompilerPauses? _pauses;
    private readonly CancellationToken _onceEach;
    private int _open;

    internal WarmUpQueue(IReadOnlyCollection<WarmUpItem> items, int concurrency, CompilerPauses? pauses, Action onProgress, CancellationToken onceEach = default)
    {
        _concurrency = concurrency;
        _onProgress = onProgress;
        _pauses = pauses;
        _onceEach = onceEach;
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
        using var again = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _onceEach);
        await foreach (var item in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            if (item.TryTake(out var number) && (number == 0 || !_onceEach.IsCancellationRequested))
            {
                if (number == 0)
                {
                    _onProgress();
                }

                await SendAsync(item, number, number == 0 ? cancellationToken : again.Token, cancellationToken);
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

    private static async Task SendAsync(WarmUpItem item, int number, CancellationToken patience, CancellationToken end)
    {
        try
        {
            await item.SendAsync(number, patience);
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            // It had been answered before, which is all that there is time for.
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
