using System.Net;
using System.Net.Sockets;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>The listening sockets of one endpoint, held by the master for as long as the cluster serves.</summary>
internal sealed class Reservation(string key, EndpointLayout layout, IReadOnlyList<Socket> sockets, bool isHandedOver = false) : IDisposable
{
    private int _listening = 1; // The first listens from the beginning: that is what makes the address ours.
    private bool _disposed;

    internal string Key => key;

    internal EndpointLayout Layout => layout;

    internal IReadOnlyList<Socket> Sockets => sockets;

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

    internal IEnumerable<int> Descriptors => sockets.Select(socket => (int)socket.Handle);

    /// <summary>
    /// Lets no more connections in, closes the sockets (they live on until the last worker has let go of them too) and removes the file of a
    /// Unix domain socket, which .NET's own dispose of a bound socket does.
    /// </summary>
    public void Dispose()
    {
        if (isHandedOver || _disposed)
        {
            return; // Whoever handed it over goes on listening with it.
        }

        _disposed = true;
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
