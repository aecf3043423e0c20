using System.Net.Sockets;
using Recluster.Platform;

namespace Recluster.HandOver;

/// <summary>
/// Connections on their way to a slot: a socket pair that the master owns and all workers share, like a listening socket. Whoever is
/// assigned the slot receives from it, so what is sent to a worker that dies is served by the sibling or the successor.
/// </summary>
#pragma warning disable CA1001 // Borrowed like the listening sockets, and never disposed of.
internal sealed class HandOverQueue(int receive, int send)
#pragma warning restore CA1001
{
    private readonly Lazy<Socket> _socket = new(() => Open(receive));
    private int _closed;

    internal bool HasWaiting => Volatile.Read(ref _closed) == 0 && _socket.Value.Poll(0, SelectMode.SelectRead);

    /// <summary>False while this process can open no descriptor: what the kernel cannot deliver it closes, and the connection with it.</summary>
    internal bool CanReceive => Libc.CanOpenOneMore(receive);

    /// <summary>Completes when something may be waiting; a sibling may have taken it. Takes nothing, cancelled or not.</summary>
    internal async ValueTask WaitAsync(CancellationToken cancellationToken) =>
        await _socket.Value.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken);

    /// <summary>If it returns true the sender closes its own copy. False: nothing has happened.</summary>
    internal bool TrySend(Connection connection)
    {
        var handle = connection.Socket.SafeHandle;
        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            return DescriptorPassing.TrySend(send, (int)handle.DangerousGetHandle(), connection.Endpoint);
        }
        finally
        {
            if (held)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <summary>False if none waits; null for one that ended on the way. To be called while <see cref="CanReceive"/>.</summary>
    internal bool TryReceive(out Connection? connection)
    {
        connection = null;
        if (!DescriptorPassing.TryReceive(receive, out var descriptor, out var endpoint))
        {
            return false;
        }

        if (descriptor >= 0)
        {
            connection = Adopt(descriptor, endpoint);
        }

        return true;
    }

    /// <summary>Gives this process's references back, after the last receive and the last send.</summary>
    internal void Release()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _ = Libc.Close(receive);
            _ = Libc.Close(send);
        }
    }

    private static Connection? Adopt(int descriptor, int endpoint)
    {
        var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        try
        {
            return new Connection(endpoint, new Socket(handle));
        }
        catch (SocketException)
        {
            handle.Dispose();
            return null;
        }
    }

    private static Socket Open(int descriptor)
    {
        var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
#pragma warning disable CA1816 // Meant for another object on purpose: there is nothing to finalize that would be good for the others.
        GC.SuppressFinalize(socket);
#pragma warning restore CA1816
        return socket;
    }

    /// <summary>An accepted connection, and the place of its endpoint in the worker environment.</summary>
    internal sealed record Connection(int Endpoint, Socket Socket);
}
