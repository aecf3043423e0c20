using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>
/// The transport of the master: for each endpoint that Kestrel resolves from the app's configuration it reserves the
/// sockets and returns a listener that never accepts.
/// </summary>
internal sealed class MasterSockets(
    IOptions<ReclusterOptions> options,
    IOptions<SocketTransportOptions> transport,
    TimeProvider time,
    ILoggerFactory loggerFactory) : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly SocketReserver _reserver =
        new(options.Value.Workers, transport.Value.Backlog, time);

    private readonly Steering _steering = new(options.Value.Balancing, loggerFactory.CreateLogger("Recluster.Master"));
    private readonly List<(string Key, Reservation? Reservation)> _bound = [];
    private readonly List<Reservation> _unbound = [];

    /// <summary>What the workers are told, in order of binding. The descriptors are the master's own.</summary>
    internal IReadOnlyList<InheritedEndpoint> Endpoints =>
    [
        .. _bound.Select(entry => entry.Reservation is { } reservation
            ? new InheritedEndpoint(entry.Key, reservation.Layout, [.. reservation.Descriptors])
            : new InheritedEndpoint(entry.Key, EndpointLayout.Failed, [])),
    ];

    public bool CanBind(EndPoint endpoint) => EndpointKey.CanServe(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var key = EndpointKey.For(endpoint);

        // Kestrel unbinds and binds again when the configuration of an endpoint changes in the running process. The sockets stay.
        if (_unbound.Find(reservation => reservation.Key == key) is { } again)
        {
            _unbound.Remove(again);
            return new ReservedListener(again, Unbound);
        }

        try
        {
            var reservation = await _reserver.ReserveAsync(endpoint, cancellationToken);
            _steering.Apply(reservation, options.Value.Workers, options.Value.Workers);
            _bound.Add((key, reservation));
            return new ReservedListener(reservation, Unbound);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Kestrel goes on without one of "localhost"'s two addresses, and from [::] to 0.0.0.0: the workers do the same.
            _bound.Add((key, null));
            throw;
        }
    }

    /// <summary>Binds the sockets of so many slots, on every endpoint; the new ones do not listen yet.</summary>
    /// <exception cref="SocketException">The kernel refuses one; then all is as it was before.</exception>
    internal void Grow(int slots)
    {
        var groups = _bound.Select(entry => entry.Reservation).OfType<Reservation>().Where(group => group.Layout == EndpointLayout.Group).ToArray();
        var before = groups.Select(group => group.Sockets.Count).ToArray();
        try
        {
            Array.ForEach(groups, group => SocketReserver.Grow(group, slots));
        }
        catch
        {
            for (var i = 0; i < groups.Length; i++)
            {
                groups[i].Shrink(before[i]);
            }

            throw;
        }
    }

    /// <summary>From now on so many sockets of each group listen, and new connections go to the first so many slots.</summary>
    internal void Resize(int listeningSlots, int slots)
    {
        foreach (var (_, reservation) in _bound)
        {
            if (reservation is { Layout: EndpointLayout.Group })
            {
                reservation.Listen(listeningSlots, transport.Value.Backlog);
                _steering.Apply(reservation, listeningSlots, slots);
            }
        }
    }

    public void Dispose() => Close();

    internal void Close()
    {
        foreach (var (_, reservation) in _bound)
        {
            reservation?.Dispose();
        }
    }

    private void Unbound(Reservation reservation) => _unbound.Add(reservation);

    private sealed class ReservedListener(Reservation reservation, Action<Reservation> unbound) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> _never = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint { get; } = reservation.EndPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_never.Task);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            if (_never.TrySetResult(null))
            {
                unbound(reservation);
            }

            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
