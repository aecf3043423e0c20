using System.Net;
using Recluster.Platform;
using Recluster.Sockets;

namespace Recluster.WarmUp;

/// <summary>An endpoint that Kestrel listens on in this worker, and the connections that the warm-up has opened to it.</summary>
internal sealed class WarmUpEndpoint(InheritedListener listener)
{
    private readonly Lock _gate = new();
    private readonly List<WarmUpConnection> _connections = [];

    internal EndPoint EndPoint => listener.EndPoint;

    internal int? Port => (EndPoint as IPEndPoint)?.Port;

    /// <summary>So that the drain knows of a connection there that has carried no request yet.</summary>
    internal void NoteClearTextHttp2() => listener.Traffic.IsClearTextHttp2 = true;

    internal Stream Connect()
    {
        lock (_gate)
        {
            var (server, client) = Libc.CreateSocketPair();
            var connection = new WarmUpConnection(listener.CreateTransport(server), client, EndPoint);
            _connections.Add(connection);
            if (!listener.TryInject(connection))
            {
                _ = connection.DisposeAsync().AsTask();
                throw new IOException($"Kestrel does not listen on {EndPoint} any more.");
            }

            return connection.Client;
        }
    }

    /// <summary>Ends all connections. Completes when Kestrel is done with them.</summary>
    internal Task CloseAsync()
    {
        lock (_gate)
        {
            foreach (var connection in _connections)
            {
                connection.Client.Dispose();
            }

            return Task.WhenAll(_connections.Select(connection => connection.Closed));
        }
    }
}
