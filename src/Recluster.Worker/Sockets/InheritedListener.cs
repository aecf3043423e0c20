using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Recluster.Lifecycle;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>
/// What Kestrel gets for an endpoint in a worker: connections accepted from the inherited sockets that the assignment
/// names. Nothing is accepted until the first assignment, and closing the listener never touches the sockets.
/// </summary>
internal sealed class InheritedListener : IConnectionListener
{
    private readonly Channel<ConnectionContext> _accepted =
        Channel.CreateUnbounded<ConnectionContext>(new() { SingleReader = true, AllowSynchronousContinuations = true });

    // By slot. Replaced when there are more, since others look through it at any time.
    private volatile Lane[] _lanes;
    private readonly bool _shared;
    private readonly SocketTransportOptions _options;
    private readonly SocketConnectionContextFactory _connections;
    private readonly ConnectionRegistry _registry;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Func<InheritedListener, Task> _unbind;

    internal InheritedListener(
        InheritedEndpoint endpoint,
        IEnumerable<InheritedSocket> sockets,
        SocketTransportOptions options,
        ConnectionRegistry registry,
        ILoggerFactory loggerFactory,
        TimeProvider time,
        Func<InheritedListener, Task> unbind)
    {
        Endpoint = endpoint;
        _lanes = [.. sockets.Select(socket => new Lane(socket))];
        _shared = endpoint.Layout == EndpointLayout.Shared;
        _options = options;
        _connections = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                IOQueueCount = options.IOQueueCount,
                WaitForDataBeforeAllocatingBuffer = options.WaitForDataBeforeAllocatingBuffer,
                MaxReadBufferSize = options.MaxReadBufferSize,
                MaxWriteBufferSize = options.MaxWriteBufferSize,
                UnsafePreferInlineScheduling = options.UnsafePreferInlineScheduling,
            },
            loggerFactory.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets"));
        _registry = registry;
        _logger = loggerFactory.CreateLogger("Recluster.Worker");
        _time = time;
        _unbind = unbind;
        EndPoint = _lanes[0].Socket.LocalEndPoint;
    }

    public EndPoint EndPoint { get; }

    internal InheritedEndpoint Endpoint { get; }

    internal EndpointTraffic Traffic { get; } = new();

    /// <summary>The master has given this endpoint up: what is queued is served, then nothing is accepted any more.</summary>
    internal bool IsRetired { get; private set; }

    /// <summary>Told why no connection can be accepted here any more, though the assignment says so.</summary>
    internal Action<string> Lost { get; init; } = _ => { };

    /// <summary>Hands an accepted connection to a sibling with less to do; false if it is to be served here.</summary>
    internal Func<Socket, bool> PassOn { get; init; } = _ => false;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_accepted.Reader.TryRead(out var connection))
            {
                return connection;
            }
        }

        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbind(this);
        _accepted.Writer.TryComplete();
    }

    public ValueTask DisposeAsync()
    {
        _accepted.Writer.TryComplete();
        _connections.Dispose();
        return default;
    }

    /// <summary>Accepts from the sockets of these slots and from no other. Completes when that is so.</summary>
    internal async Task AssignAsync(IReadOnlyCollection<int> slots)
    {
        for (var slot = 0; slot < _lanes.Length; slot++)
        {
            var lane = _lanes[slot];
            var wanted = !IsRetired && (_shared ? slots.Count > 0 : slots.Contains(slot));
            if (wanted)
            {
                lane.Accepting ??= Accept(lane.Socket);
            }
            else if (lane.Accepting is { } accepting)
            {
                lane.Accepting = null;
                await accepting.DisposeAsync();
            }
        }
    }

    /// <summary>The socket of one more slot, in the order of slots; assigned with the next assignment at the earliest.</summary>
    internal void Add(InheritedSocket socket) => _lanes = [.. _lanes, new Lane(socket)];

    /// <summary>True while a connection waits in a queue that this worker accepts from.</summary>
    internal bool HasQueuedConnection() => _lanes.Any(lane => lane is { Accepting: not null, Socket.HasQueuedConnection: true });

    internal bool TryPassOn(Socket accepted) => !IsRetired && PassOn(accepted);

    /// <summary>From now on connections stay with this worker, and the assignment that comes next ends all accepting.</summary>
    internal void Retire() => IsRetired = true;

    internal void Serve(Socket accepted, bool tcp, int slot = -1)
    {
        try
        {
            if (tcp)
            {
                accepted.NoDelay = _options.NoDelay;
            }

            var connection = _registry.Add(_connections.Create(accepted), Traffic, slot);
            if (!_accepted.Writer.TryWrite(connection))
            {
                connection.Abort(); // Kestrel has unbound the endpoint: its configuration changed in the running process.
                _ = connection.DisposeAsync().AsTask();
            }
        }
        catch (SocketException)
        {
            accepted.Dispose(); // Reset before it could be set up.
        }
    }

    /// <summary>Hands Kestrel a connection that nobody counts. False once Kestrel has unbound the endpoint.</summary>
    internal bool TryInject(ConnectionContext connection) => _accepted.Writer.TryWrite(connection);

    /// <summary>Accepting has ended by an error that nobody foresaw.</summary>
    internal void ReportAcceptEnd(Exception e) => Lost($"accepting on {EndPoint} ended by {e.GetType().Name}: {e.Message}");

    internal void ReportAcceptFailure(SocketException e) => WorkerLog.AcceptFailed(_logger, EndPoint, e);

    private IAsyncDisposable Accept(InheritedSocket socket)
    {
        IAsyncDisposable? thread = _shared ? null : AcceptThread.Start(socket, this, _time);
        return thread ?? new AcceptLoop(socket, this, _time);
    }

    private sealed class Lane(InheritedSocket socket)
    {
        internal InheritedSocket Socket => socket;

        internal IAsyncDisposable? Accepting { get; set; }
    }
}
