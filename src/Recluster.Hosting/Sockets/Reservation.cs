using System.Net;
using System.Net.Sockets;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>The listening sockets of one endpoint, held by the master for as long as the cluster serves.</summary>
internal sealed class Reservation(string key, EndpointLayout layout, List<Socket> sockets, bool isHandedOver = false) : IDisposable
{
    private int _listening = 1; // The first listens from the beginning: that is what makes the address ours.
    private bool _disposed;

    internal string Key => key;

    internal EndpointLayout Layout => layout;

    /// <summary>By slot, in the order in which they listen.</summary>
    internal IReadOnlyList<Socket> Sockets => sockets;

    /// <summary>The file of a Unix domain socket; null for any other endpoint.</summary>
    internal SocketFile? File { get; init; }

    internal EndPoint EndPoint => sockets[0].LocalEndPoint!;

    /// <summary>Makes the first so many sockets of the group listen; they join it in the order of their slots.</summary>
    internal void Listen(int count, int backlog)
    {
        foreach (var socket in sockets.Take(count).Skip(_listening))
        {
            socket.Listen(backlog);
        }

        _listening = Math.Max(_listening, Math.Min(count, sockets.Count));
    }

    /// <summary>Binds what a group lacks of so many sockets. If the kernel refuses one, all is as it was before.</summary>
    /// <exception cref="SocketException">The kernel refuses.</exception>
    internal void Grow(int count, Func<Socket> bind)
    {
        var before = sockets.Count;
        try
        {
            while (layout == EndpointLayout.Group && sockets.Count < count)
            {
                sockets.Add(bind());
            }
        }
        catch
        {
            Shrink(before);
            throw;
        }
    }

    /// <summary>Takes a <see cref="Grow"/> back, before anybody has been given the sockets; none of them listens.</summary>
    internal void Shrink(int count)
    {
        while (sockets.Count > count)
        {
            sockets[^1].Dispose();
            sockets.RemoveAt(sockets.Count - 1);
        }
    }

    internal IEnumerable<int> Descriptors => sockets.Select(socket => (int)socket.Handle);

    /// <summary>
    /// Lets no more connections in and closes the sockets; they live on until the last worker has let go of them too. The file of a Unix domain socket
    /// is removed if it is still the one that was bound.
    /// </summary>
    public void Dispose()
    {
        if (isHandedOver || _disposed)
        {
            return; // Whoever handed it over goes on listening with it.
        }

        _disposed = true;
        File?.Dispose();
        foreach (var socket in sockets)
        {
            if (layout == EndpointLayout.Group)
            {
                NoNewConnections.On(socket);
            }

            socket.Dispose();
        }
    }
}
