using System.Net;
using System.Net.Sockets;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>The listening sockets of one endpoint, held by the master for as long as the cluster serves.</summary>
internal sealed class Reservation(string key, EndpointLayout layout, IReadOnlyList<Socket> sockets) : IDisposable
{
    internal string Key => key;

    internal EndpointLayout Layout => layout;

    internal IReadOnlyList<Socket> Sockets => sockets;

    internal EndPoint EndPoint => sockets[0].LocalEndPoint!;

    internal IEnumerable<int> Descriptors => sockets.Select(socket => (int)socket.Handle);

    /// <summary>Closes them and removes the file of a Unix domain socket, which .NET's own dispose of a bound socket does.</summary>
    public void Dispose()
    {
        foreach (var socket in sockets)
        {
            socket.Dispose();
        }
    }
}
