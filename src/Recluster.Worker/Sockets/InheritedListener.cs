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

    private readonly InheritedSocket[] _sockets;
    private readonly IAsyncDisposable?[] _loops;
    private readonly bool _shared;
    private readonly SocketTransportOptions _options;
    private readonly SocketConnectionContextFactory _connections;
    private readonly ConnectionRegistry _registry;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Func<InheritedListener, Task> _unbind;

    internal InheritedListener(
        InheritedEndpoint endpoint,
        InheritedSocket[] sockets,
        SocketTransportOptions options,
        ConnectionRegistry registry,
        ILoggerFactory loggerFactory,
        TimeProvider time,
        Func<InheritedListener, Task> unbind)
    {
        Endpoint = endpoint;
        _sockets = sockets;
        _loops = new IAsyncDisposable?[_sockets.Length];
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
        EndPoint = _sockets[0].LocalEndPoint;
    }

    public EndPoint EndPoint { get; }

    internal InheritedEndpoint Endpoint { get; }

    internal EndpointTraffic Traffic { get; } = new();

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
        for (var i = 0; i < _sockets.Length; i++)
        {
            var wanted = _shared ? slots.Count > 0 : slots.Contains(i);
            if (wanted)
            {
                _loops[i] ??= Accept(_sockets[i]);
            }
            else if (_loops[i] is { } loop)
            {
                _loops[i] = null;
                await loop.DisposeAsync();
            }
        }
    }

    /// <summary>True while a connection waits in a queue that this worker accepts from.</summary>
    internal bool HasQueuedConnection()
    {
        for (var i = 0; i < _sockets.Length; i++)
        {
            if (_loops[i] is not null && _sockets[i].HasQueuedConnection)
            {
                return true;
            }
        }

        return false;
    }

    internal void Serve(Socket accepted, bool tcp)
    {
        try
        {
            if (tcp)
            {
                accepted.NoDelay = _options.NoDelay;
            }

            var connection = _registry.Add(_connections.Create(accepted), Traffic);
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

    internal void ReportAcceptFailure(SocketException e) => WorkerLog.AcceptFailed(_logger, EndPoint, e);

    private IAsyncDisposable Accept(InheritedSocket socket)
    {
        IAsyncDisposable? thread = _shared ? null : AcceptThread.Start(socket, this, _time);
        return thread ?? new AcceptLoop(socket, this, _time);
    }
}
