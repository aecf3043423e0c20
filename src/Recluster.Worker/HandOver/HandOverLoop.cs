namespace Recluster.HandOver;

/// <summary>Receives the connections that are handed to a slot, while the assignment says so.</summary>
internal sealed class HandOverLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Action _receive;
    private readonly HandOverQueue _queue;
    private readonly Task _running;

    /// <param name="queue">The slot's.</param>
    /// <param name="receive">Takes all that waits.</param>
    internal HandOverLoop(HandOverQueue queue, Action receive)
    {
        _queue = queue;
        _receive = receive;
        _running = RunAsync();
    }

    /// <summary>Completes when this process receives no more. A connection received in that instant is served.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            _receive();
            try
            {
                await _queue.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
