using System.Net.Sockets;
using Recluster.Platform;

namespace Recluster.Sockets;

/// <summary>
/// A listening socket borrowed from the master. It is never owned: disposing an owned one cancels its pending accept by an
/// abortive close, which leaves SO_LINGER {1,0} on the socket that every later generation shares.
/// </summary>
#pragma warning disable CA1001 // Not disposable, for that reason.
internal sealed class InheritedSocket
#pragma warning restore CA1001
{
    private readonly int _descriptor;
    private readonly Lazy<Socket> _socket;
    private int _closed;

    internal InheritedSocket(int descriptor)
    {
        _descriptor = descriptor;
        _socket = new Lazy<Socket>(Open); // Most slots' sockets are never accepted from by most workers.
    }

    /// <summary>The slot whose socket it is; -1 if all share it.</summary>
    internal int Slot { get; init; } = -1;

    internal System.Net.EndPoint LocalEndPoint => _socket.Value.LocalEndPoint!;

    internal bool HasQueuedConnection => Volatile.Read(ref _closed) == 0 && _socket.Value.Poll(0, SelectMode.SelectRead);

    internal int Descriptor => _descriptor;

    /// <summary>Null if a sibling has taken the connection.</summary>
    /// <exception cref="SocketException">It could not be accepted.</exception>
    internal Socket? TryAccept()
    {
        try
        {
            _socket.Value.Blocking = false; // As it is in the kernel already, for all who share it; this is for the wrapper to know.
            return _socket.Value.Accept();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            return null;
        }
    }

    /// <summary>A cancelled accept either throws or returns the connection that had already been taken: it drops none.</summary>
    internal ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken) => _socket.Value.AcceptAsync(cancellationToken);

    /// <summary>
    /// Gives this process's reference back to the kernel; the socket lives on while any other process has one. Only once no
    /// accept is pending here, and never by <c>shutdown</c>, which would end it for all.
    /// </summary>
    internal void Release()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _ = Libc.Close(_descriptor);
        }
    }

    private Socket Open()
    {
        var socket = new Socket(new SafeSocketHandle(_descriptor, ownsHandle: false));

        // The wrapper has nothing to finalize that would be good for the other processes on this socket.
#pragma warning disable CA1816 // Meant for another object on purpose.
        GC.SuppressFinalize(socket);
#pragma warning restore CA1816
        return socket;
    }
}
