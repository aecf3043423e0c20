using System.Net;
using System.Net.Sockets;

namespace Recluster.Sockets;

/// <summary>
/// Accepts from an inherited socket while the assignment says so, asynchronously: for a socket that all workers share, where most of those
/// whom a connection wakes find it gone.
/// </summary>
internal sealed class AcceptLoop : IAsyncDisposable
{
    internal static readonly TimeSpan ExhaustionPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly InheritedSocket _socket;
    private readonly InheritedListener _listener;
    private readonly TimeProvider _time;
    private readonly Task _running;

    internal AcceptLoop(InheritedSocket socket, InheritedListener listener, TimeProvider time)
    {
        _socket = socket;
        _listener = listener;
        _time = time;
        _running = GuardAsync();
    }

    /// <summary>Completes when the pending accept has been taken back. A connection accepted in that instant is served.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task GuardAsync()
    {
        try
        {
            await RunAsync();
        }
        catch (Exception e)
        {
            _listener.ReportAcceptEnd(e);
        }
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            Socket accepted;
            try
            {
                accepted = await _socket.AcceptAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                continue; // The client gave up while it was queued.
            }
            catch (SocketException e)
            {
                // Out of descriptors or memory: the connection stays queued, so trying again at once would spin.
                _listener.ReportAcceptFailure(e);
                await Task.Delay(ExhaustionPause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            if (!_listener.TryPassOn(accepted))
            {
                _listener.Serve(accepted, _listener.EndPoint is IPEndPoint, _socket.Slot);
            }
        }
    }
}
