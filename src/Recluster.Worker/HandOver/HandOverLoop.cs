using Recluster.Sockets;

namespace Recluster.HandOver;

/// <summary>Receives the connections that are handed to a slot, while the assignment says so.</summary>
internal sealed class HandOverLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<bool> _receive;
    private readonly HandOverQueue _queue;
    private readonly TimeProvider _time;
    private readonly Task _running;

    /// <param name="queue">The slot's.</param>
    /// <param name="receive">Takes all that waits; false if it could not, for want of descriptors.</param>
    /// <param name="time">The clock.</param>
    internal HandOverLoop(HandOverQueue queue, Func<bool> receive, TimeProvider time)
    {
        _time = time;
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
            if (!_receive())
            {
                await Task.Delay(AcceptLoop.ExhaustionPause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

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
