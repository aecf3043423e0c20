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

    private static readonly TimeSpan SweepTimeout = TimeSpan.FromSeconds(1);

    private readonly List<InheritedEndpoint> _unclaimed = [.. environment.Endpoints];
    private readonly List<string> _reservedElsewhere = [];
    private readonly List<InheritedListener> _listeners = [];
    private readonly Dictionary<InheritedEndpoint, List<InheritedSocket>> _sockets = new(ReferenceEqualityComparer.Instance);
    private readonly ConnectionBalancer? _balancer = ConnectionBalancer.Open(environment, registry, time);
    private readonly SemaphoreSlim _gate = new(1);
    private IReadOnlyList<int> _assignment = [];
    private volatile IReadOnlyList<int> _accepting = [];
    private bool _released;
    private long _acceptedAtLastLook;

    public bool CanBind(EndPoint endpoint) => EndpointKey.CanServe(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (TryClaim(endpoint) is { } inherited)
            {
                return await ListenAsync(inherited);
            }
        }
        finally
        {
            _gate.Release();
        }

        var key = EndpointKey.For(endpoint);
        var reserved = await Reserve(key, cancellationToken); // Not under the gate: the answer may have to wait for an order of the master's.
        _reservedElsewhere.Add(key);
        return new ReservedElsewhere(reserved);
    }

    /// <summary>How an endpoint is reserved for which no socket was inherited. Gives its address.</summary>
    internal Func<string, CancellationToken, Task<EndPoint>> Reserve { get; set; } =
        (key, _) => throw new IOException($"No sockets were inherited for {EndpointKey.Describe(key)}.");

    /// <summary>Told, once, why an endpoint does not accept any more though the assignment says so.</summary>
    internal Action<string> Lost { get; set; } = _ => { };

    /// <summary>The keys of what Kestrel listens on, what is still to be inherited included.</summary>
    internal IReadOnlyList<string> Keys => [.. _listeners.Select(listener => listener.Endpoint.Key), .. _reservedElsewhere];

    /// <summary>What Kestrel listens on.</summary>
    internal IReadOnlyList<InheritedListener> Listeners => [.. _listeners];

    /// <summary>
    /// The master gives the endpoint up that this worker has inherited at this place, and has the kernel let no more connections in: serves what
    /// is queued on the sockets that it accepts from, then gives all of them back.
    /// </summary>
    internal async Task RetireAsync(int place)
    {
        if (place >= environment.Endpoints.Count)
        {
            return; // Reserved after this worker was started.
        }

        var endpoint = environment.Endpoints[place];
        await _gate.WaitAsync();
        try
        {
            _unclaimed.Remove(endpoint);
            if (_listeners.Find(listener => ReferenceEquals(listener.Endpoint, endpoint)) is { } listener)
            {
                listener.Retire();
                await SweepAsync(() => listener.HasQueuedConnection() || _balancer?.HasWaiting == true, SweepTimeout);
                await listener.AssignAsync([]);
            }
            else
            {
                _balancer?.Bind(endpoint, received => received.Dispose());
            }

            foreach (var socket in Sockets(endpoint))
            {
                socket.Release();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The slots whose sockets this worker accepts from; one that it loses, until it has stopped.</summary>
    internal IReadOnlyList<int> Accepting => _accepting;

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
            _accepting = [.. _accepting.Union(_assignment)];
            foreach (var listener in _listeners)
            {
                await listener.AssignAsync(_assignment);
            }

            await (_balancer?.AssignAsync(_assignment) ?? Task.CompletedTask);
            _accepting = _assignment;
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
        await SweepAsync(HasQueuedConnection, sweepTimeout);
        await AssignAsync([]);
        _balancer?.Release();
        _released = true;
        foreach (var socket in _sockets.Values.SelectMany(sockets => sockets))
        {
            socket.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private InheritedEndpoint? TryClaim(EndPoint endpoint)
    {
        var key = EndpointKey.For(endpoint);
        var index = _unclaimed.FindIndex(candidate => candidate.Key == key);
        if (index < 0)
        {
            return null;
        }

        var inherited = _unclaimed[index];
        _unclaimed.RemoveAt(index);
        return inherited.Layout != EndpointLayout.Failed
            ? inherited
            : throw new InvalidOperationException($"The master could not bind {endpoint} on this machine.");
    }

    private async Task<InheritedListener> ListenAsync(InheritedEndpoint inherited)
    {
        var listener = new InheritedListener(inherited, Sockets(inherited), options.Value, registry, loggerFactory, time, UnbindAsync)
        {
            PassOn = socket => _balancer?.TryPass(inherited, socket) ?? false,
            Lost = reason => Lost(reason),
        };
        _listeners.Add(listener);
        await listener.AssignAsync(_assignment);
        _balancer?.Bind(inherited, received => listener.Serve(received, listener.EndPoint is IPEndPoint));
        return listener;
    }

    private async Task SweepAsync(Func<bool> hasQueued, TimeSpan timeout)
    {
        await Task.Delay(Handshake, time);
        var began = time.GetTimestamp();
        while (hasQueued() && time.GetElapsedTime(began) < timeout)
        {
            await Task.Yield(); // The accept loops are taking them right now.
        }
    }

    private bool HasQueuedConnection() =>
        _listeners.ToArray().Any(listener => listener.HasQueuedConnection()) || _balancer?.HasWaiting == true;

    // One wrapper a descriptor for the life of the process: the runtime registers a descriptor with epoll once.
    private List<InheritedSocket> Sockets(InheritedEndpoint endpoint)
    {
        if (!_sockets.TryGetValue(endpoint, out var sockets))
        {
            sockets = [.. endpoint.Descriptors.Select((descriptor, slot) =>
                new InheritedSocket(descriptor) { Slot = endpoint.Layout == EndpointLayout.Shared ? -1 : slot })];
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

    // Kestrel unbinds at the end, when nothing is assigned any more. Anybody else who unbinds leaves connections without an answer.
    private async Task UnbindAsync(InheritedListener listener)
    {
        var isLost = false;
        await _gate.WaitAsync();
        try
        {
            if (_listeners.Remove(listener))
            {
                isLost = _assignment.Count > 0 && !listener.IsRetired;
                _balancer?.Unbind(listener.Endpoint);
                await listener.AssignAsync([]);
                if (!listener.IsRetired)
                {
                    _unclaimed.Add(listener.Endpoint);
                }
            }
        }
        finally
        {
            _gate.Release();
        }

        if (isLost)
        {
            Lost($"{listener.EndPoint} has been unbound in the running process (the app has stopped its server or host, or Kestrel has changed its endpoints)");
        }
    }
}
