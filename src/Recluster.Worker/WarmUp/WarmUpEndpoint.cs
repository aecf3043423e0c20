using System.Net;
using System.Net.Sockets;
using Recluster.Sockets;

namespace Recluster.WarmUp;

/// <summary>An endpoint that Kestrel listens on in this worker, the socket by which the warm-up comes in, and the connections it has opened there.</summary>
internal sealed class WarmUpEndpoint(InheritedListener listener, EndPoint entrance)
{
    private readonly Lock _gate = new();
    private readonly List<NetworkStream> _connections = [];

    internal EndPoint EndPoint => listener.EndPoint;

    internal int? Port => (EndPoint as IPEndPoint)?.Port;

    /// <summary>So that the drain knows of a connection there that has carried no request yet.</summary>
    internal void NoteClearTextHttp2() => listener.Traffic.IsClearTextHttp2 = true;

    internal async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var connection = default(NetworkStream);
        try
        {
            await socket.ConnectAsync(entrance, cancellationToken);
            connection = new NetworkStream(socket, ownsSocket: true);
        }
        finally
        {
            if (connection is null)
            {
                socket.Dispose();
            }
        }

        lock (_gate)
        {
            _connections.Add(connection);
        }

        return connection;
    }

    internal void Disconnect()
    {
        lock (_gate)
        {
            _connections.ForEach(connection => connection.Dispose());
        }
    }
}
