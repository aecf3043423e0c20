using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.HandOver;
using Recluster.Platform;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.WarmUp;

/// <summary>
/// The way of a connection into this worker, rehearsed by the worker's own code on sockets that exist for it alone, so that accepting,
/// handing over and draining are compiled before the first client comes. It takes two, since a worker hands connections to a sibling: both
/// are in this process, and what either has accepted goes to this worker's Kestrel.
/// </summary>
internal sealed class Rehearsal(
    WorkerEnvironment environment, IOptions<SocketTransportOptions> options, ILoggerFactory loggerFactory, TimeProvider time) : IAsyncDisposable
{
    private const int Workers = 2;

    private readonly HandOverSockets? _handOver = environment.HandOver is null ? null : HandOverSockets.Create(Workers, Workers, out _);
    private readonly List<Socket> _listening = [];
    private readonly List<IConnectionListener> _listeners = [];
    private readonly List<(WorkerSockets Sockets, ConnectionRegistry Registry)> _workers = [];

    /// <summary>Where to connect to, for each of these listeners of Kestrel's in their order.</summary>
    /// <exception cref="SocketException">There are no more descriptors.</exception>
    internal async Task<WarmUpEndpoint[]> OpenAsync(IReadOnlyList<InheritedListener> kestrels)
    {
        var groups = kestrels.Select(_ => Enumerable.Range(0, Workers).Select(_ => Listen()).ToArray()).ToArray();
        InheritedEndpoint[] endpoints = [.. groups.Select(Inherited)];
        for (var slot = 0; slot < Workers; slot++)
        {
            var registry = new ConnectionRegistry(time);
            var worker = environment with { Slot = slot, WorkerId = slot + 1, Endpoints = endpoints, HandOver = _handOver?.Descriptors };
            var sockets = new WorkerSockets(worker, registry, options, loggerFactory, time);
            _workers.Add((sockets, registry));
            foreach (var (kestrel, group) in kestrels.Zip(groups))
            {
                var listener = await sockets.BindAsync(group[0].LocalEndPoint!);
                _listeners.Add(listener);
                _ = DeliverAsync(listener, kestrel);
            }

            await sockets.AssignAsync([slot]);
        }

        return [.. kestrels.Zip(groups, (kestrel, group) => new WarmUpEndpoint(kestrel, group[0].LocalEndPoint!))];
    }

    /// <summary>Completes when Kestrel is done with all connections.</summary>
    internal Task Drained => Task.WhenAll(_workers.Select(worker => worker.Registry.Drained));

    /// <summary>Nothing is accepted any more, and each connection ends with its next request.</summary>
    internal async Task BeginDrainAsync()
    {
        foreach (var (sockets, registry) in _workers)
        {
            await sockets.AssignAsync([]);
            registry.BeginDrain();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (sockets, _) in _workers)
        {
            await sockets.AssignAsync([]); // An accept that is pending has to be taken back before its socket may be closed.
        }

        foreach (var listener in _listeners)
        {
            await listener.UnbindAsync();
            await listener.DisposeAsync();
        }

        _workers.ForEach(worker => worker.Sockets.Dispose());
        _workers.Clear();
        _listeners.Clear();
        _listening.ForEach(socket => socket.Dispose());
        _handOver?.Dispose();
    }

    private static InheritedEndpoint Inherited(Socket[] group) => new(
        EndpointKey.For(group[0].LocalEndPoint!), EndpointLayout.Group, [.. group.Select(socket => (int)socket.SafeHandle.DangerousGetHandle())]);

    private static async Task DeliverAsync(IConnectionListener listener, InheritedListener kestrel)
    {
        while (await listener.AcceptAsync() is { } connection)
        {
            // Whoever finds out the name can connect to it.
            if (connection.Features.Get<IConnectionSocketFeature>() is not { } feature
                || !PeerCredentials.IsThisProcess(feature.Socket)
                || !kestrel.TryInject(new WarmUpConnection(connection, kestrel.EndPoint)))
            {
                connection.Abort();
                _ = connection.DisposeAsync().AsTask();
            }
        }
    }

    /// <summary>On an abstract name (unix(7)): nothing in the file system, and gone with its socket.</summary>
    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listening.Add(socket);
        socket.Bind(new UnixDomainSocketEndPoint($"\0recluster-{Guid.NewGuid():N}"));
        socket.Listen();
        return socket;
    }
}
