using System.Net;
using System.Net.Sockets;
using Recluster.Platform;

namespace Recluster.Sockets;

/// <summary>
/// Accepts from the inherited socket of one slot while the assignment says so, in a thread of its own. The asynchronous way
/// (<see cref="AcceptLoop"/>) wakes two threads of the pool for each connection, one to accept and one to serve, and beside a sibling
/// on the same processors each of them has mostly gone to sleep in between.
/// </summary>
internal sealed class AcceptThread : IAsyncDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InheritedSocket _socket;
    private readonly InheritedListener _listener;
    private readonly PoolWatch _pool;
    private readonly int _stop;
    private int _stopped;

    private AcceptThread(InheritedSocket socket, InheritedListener listener, TimeProvider time, int stop)
    {
        _pool = new PoolWatch(time);
        _socket = socket;
        _listener = listener;
        _stop = stop;
    }

    /// <summary>Null where the kernel has no descriptor left for it.</summary>
    internal static AcceptThread? Start(InheritedSocket socket, InheritedListener listener, TimeProvider time)
    {
        if (Libc.CreatePacketPair() is not var (stop, stopped))
        {
            return null;
        }

        var accepting = new AcceptThread(socket, listener, time, stop);
        new Thread(() => accepting.Run(stopped)) { IsBackground = true, Name = "recluster accept" }.UnsafeStart();
        return accepting;
    }

    /// <summary>Completes when no accept can happen any more. A connection accepted in that instant is served.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            _ = Libc.Close(_stop); // The other end hangs up, which poll(2) reports.
        }

        await _ended.Task;
    }

    private void Run(int stopped)
    {
        try
        {
            while (Volatile.Read(ref _stopped) == 0)
            {
                AcceptOne(stopped);
            }

        }
        catch (Exception e)
        {
            _listener.ReportAcceptEnd(e);
        }
        finally
        {
            _ = Libc.Close(stopped);
            _ended.SetResult();
        }
    }

    private void AcceptOne(int stopped)
    {
        if (_pool.IsSilent)
        {
            Libc.WaitForInput(stopped, PoolWatch.LookAgainAfter);
            return;
        }

        Libc.WaitForInput(stopped, _socket.Descriptor);
        if (Volatile.Read(ref _stopped) == 0 && TryAccept(stopped) is { } accepted && !_listener.TryPassOn(accepted))
        {
            _listener.Serve(accepted, _listener.EndPoint is IPEndPoint, _socket.Slot);
            _pool.Ask();
        }
    }

    private Socket? TryAccept(int stopped)
    {
        try
        {
            return _socket.TryAccept();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
            return null; // The client gave up while it was queued.
        }
        catch (SocketException e)
        {
            // Out of descriptors or memory: the connection stays queued, so trying again at once would spin.
            _listener.ReportAcceptFailure(e);
            Libc.WaitForInput(stopped, AcceptLoop.ExhaustionPause);
            return null;
        }
    }
}
