using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.HandOver;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>
/// The transport of a worker: hands Kestrel the inherited sockets for the endpoints that its configuration names, in the
/// order in which the master reserved them, and carries out the assignments.
/// </summary>
internal sealed class WorkerSockets(
    WorkerEnvironment environment,
    ConnectionRegistry registry,
    IOptions<SocketTransportOptions> options,
    ILoggerFactory loggerFactory,
    TimeProvider time) : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    // How long a handshake that the kernel has answered may take to end: a round trip.
    private static readonly TimeSpan Handshake = TimeSpan.FromMilliseconds(100);

    private readonly List<InheritedEndpoint> _unclaimed = [.. environment.Endpoints];
    private readonly List<InheritedListener> _listeners = [];
    private readonly Dictionary<InheritedEndpoint, List<InheritedSocket>> _sockets = new(ReferenceEqualityComparer.Instance);
    private readonly ConnectionBalancer? _balancer = ConnectionBalancer.Open(environment, registry, time);
    private readonly SemaphoreSlim _gate = new(1);
    private IReadOnlyList<int> _assignment = [];
    private bool _released;
    private long _acceptedAtLastLook;

    public bool CanBind(EndPoint endpoint) => EndpointKey.CanServe(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var key = EndpointKey.For(endpoint);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var index = _unclaimed.FindIndex(candidate => candidate.Key == key);
            if (index < 0)
            {
                // An IOException: for "localhost" Kestrel takes any other exception as "no such address family here" and goes on.
                throw new IOException(
                    $"The endpoint {endpoint} is not among those the master reserved when it started "
                    + $"({string.Join(", ", environment.Endpoints.Select(e => e.Key))}). "
                    + "A reload cannot add an endpoint: restart the app to change Kestrel's endpoints or --urls.");
            }

            var inherited = _unclaimed[index];
            _unclaimed.RemoveAt(index);
            if (inherited.Layout == EndpointLayout.Failed)
            {
                throw new InvalidOperationException($"The master could not bind {endpoint} on this machine.");
            }

            var listener = new InheritedListener(
                inherited, Sockets(inherited), options.Value, registry, loggerFactory, time, UnbindAsync)
            {
                PassOn = socket => _balancer?.TryPass(inherited, socket) ?? false,
            };
            _listeners.Add(listener);
            await listener.AssignAsync(_assignment);
            _balancer?.Bind(inherited, received => listener.Serve(received, listener.EndPoint is IPEndPoint));
            return listener;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Endpoints that the master holds and this build no longer listens on; connections to them would wait for ever.</summary>
    internal IReadOnlyList<string> UnclaimedEndpoints =>
        [.. _unclaimed.Where(e => e.Layout != EndpointLayout.Failed).Select(e => e.Key)];

    /// <summary>What Kestrel listens on.</summary>
    internal IReadOnlyList<InheritedListener> Listeners => [.. _listeners];

    /// <summary>
    /// True if connections wait and none has been accepted since the last look: an accept loop can die in a process that lives.
    /// </summary>
    internal bool IsStalled()
    {
        var accepted = registry.Accepted + (_balancer?.Passed ?? 0);
        var isStalled = accepted == _acceptedAtLastLook && HasQueuedConnection();
        _acceptedAtLastLook = accepted;
        return isStalled;
    }

    /// <summary>Accepts from the sockets of these slots, on every endpoint, and from no other. Completes when that is so.</summary>
    internal async Task AssignAsync(IReadOnlyList<int> slots)
    {
        await _gate.WaitAsync();
        try
        {
            _assignment = _released ? [] : slots;
            foreach (var listener in _listeners)
            {
                await listener.AssignAsync(_assignment);
            }

            await (_balancer?.AssignAsync(_assignment) ?? Task.CompletedTask);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The sockets of more slots, which the master has sent. Completes when an assignment may name those slots.</summary>
    internal async Task AddAsync(IReadOnlyList<SharedEntry> entries)
    {
        await _gate.WaitAsync();
        try
        {
            foreach (var entry in entries)
            {
                Add(entry);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// For the end of the whole cluster: takes what is queued on the assigned sockets, then gives every socket back, so that
    /// the kernel refuses from then on and another master can have the address. The master has had the kernel let in no more.
    /// </summary>
    internal async Task ReleaseAsync(TimeSpan sweepTimeout)
    {
        _balancer?.Retire();
        await Task.Delay(Handshake, time);
        var began = time.GetTimestamp();
        while (HasQueuedConnection() && time.GetElapsedTime(began) < sweepTimeout)
        {
            await Task.Yield(); // The accept loops are taking them right now.
        }

        await AssignAsync([]);
        _balancer?.Release();
        _released = true;
        foreach (var socket in _sockets.Values.SelectMany(sockets => sockets))
        {
            socket.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private bool HasQueuedConnection() =>
        _listeners.ToArray().Any(listener => listener.HasQueuedConnection()) || _balancer?.HasWaiting == true;

    // One wrapper a descriptor for the life of the process: the runtime registers a descriptor with epoll once.
    private List<InheritedSocket> Sockets(InheritedEndpoint endpoint)
    {
        if (!_sockets.TryGetValue(endpoint, out var sockets))
        {
            sockets = [.. endpoint.Descriptors.Select(descriptor => new InheritedSocket(descriptor))];
            _sockets.Add(endpoint, sockets);
        }

        return sockets;
    }

    private void Add(SharedEntry entry)
    {
        switch (entry)
        {
            case SharedEntry.Queue queue when _balancer is not null && !_released:
                _balancer.Add(queue.Slot, queue.Receive, queue.Send);
                break;
            case SharedEntry.Socket socket when !_released && socket.EndpointIndex < environment.Endpoints.Count:
                var endpoint = environment.Endpoints[socket.EndpointIndex];
                var added = new InheritedSocket(socket.Descriptor);
                Sockets(endpoint).Add(added);
                _listeners.Find(listener => ReferenceEquals(listener.Endpoint, endpoint))?.Add(added);
                break;
            default:
                DescriptorChannel.Close(entry.Descriptors); // For what this process does not have.
                break;
        }
    }

    // Kestrel unbinds at the end, and when the configuration of an endpoint changes in the running process; then it binds again.
    private async Task UnbindAsync(InheritedListener listener)
    {
        await _gate.WaitAsync();
        try
        {
            if (_listeners.Remove(listener))
            {
                _balancer?.Unbind(listener.Endpoint);
                await listener.AssignAsync([]);
                _unclaimed.Add(listener.Endpoint);
            }
        }
        finally
        {
            _gate.Release();
        }
    }
}
