using System.Net.Sockets;
using Recluster.Protocol;

namespace Recluster.HandOver;

/// <summary>
/// Brings a received connection to the listener of its endpoint. While Kestrel has none there (it unbinds and binds again when the
/// configuration of an endpoint changes in the running process) the connection is kept for it.
/// </summary>
internal sealed class ReceivedConnections(IReadOnlyList<InheritedEndpoint> endpoints)
{
    private readonly Action<Socket>?[] _serve = new Action<Socket>?[endpoints.Count];
    private readonly List<HandOverQueue.Connection> _kept = [];
    private readonly Lock _gate = new();

    internal int PlaceOf(InheritedEndpoint endpoint)
    {
        var place = 0;
        while (!ReferenceEquals(endpoints[place], endpoint))
        {
            place++;
        }

        return place;
    }

    internal void Bind(InheritedEndpoint endpoint, Action<Socket> serve)
    {
        var place = PlaceOf(endpoint);
        HandOverQueue.Connection[] waiting;
        lock (_gate)
        {
            _serve[place] = serve;
            waiting = [.. _kept.Where(connection => connection.Endpoint == place)];
            _kept.RemoveAll(connection => connection.Endpoint == place);
        }

        foreach (var connection in waiting)
        {
            serve(connection.Socket);
        }
    }

    internal void Unbind(InheritedEndpoint endpoint)
    {
        lock (_gate)
        {
            _serve[PlaceOf(endpoint)] = null;
        }
    }

    internal void Deliver(HandOverQueue.Connection connection)
    {
        Action<Socket>? serve;
        lock (_gate)
        {
            serve = connection.Endpoint < _serve.Length ? _serve[connection.Endpoint] : null; // A younger worker may know more endpoints.
            if (serve is null)
            {
                _kept.Add(connection);
            }
        }

        serve?.Invoke(connection.Socket);
    }

    /// <summary>Those that no listener came for.</summary>
    internal HandOverQueue.Connection[] TakeKept()
    {
        lock (_gate)
        {
            HandOverQueue.Connection[] kept = [.. _kept];
            _kept.Clear();
            return kept;
        }
    }
}
