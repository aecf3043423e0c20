using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Diagnostics;
using Recluster.Master;
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
        new(options.Value.Workers, transport.Value.Backlog, time)
        {
            FileChanged = file =>
            {
                if (file.TryPutBack())
                {
                    MasterLog.SocketFilePutBack(loggerFactory.CreateMasterLogger(), file.Path);
                }
            },
        };

    private readonly Steering _steering = new(options.Value.Sticky.Choose(options.Value), loggerFactory.CreateMasterLogger());

    // No endpoint has this key: workers of different generations know each endpoint by the same place.
    private const string GivenUp = "given up";

    private readonly ILogger _logger = loggerFactory.CreateMasterLogger();
    private readonly Lock _gate = new();
    private readonly List<(string Key, Reservation? Reservation)> _bound = [];
    private readonly List<Reservation> _unbound = [];
    private int _reservedSlots = options.Value.Workers;
    private (int Listening, int Slots) _size = (options.Value.Workers, options.Value.Workers);
    private bool _closed;

    /// <summary>What the workers are told, in order of binding. The descriptors are the master's own.</summary>
    internal IReadOnlyList<InheritedEndpoint> Endpoints
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _bound.Select(entry => entry.Reservation is { } reservation
                        ? new InheritedEndpoint(entry.Key, reservation.Layout, [.. reservation.Descriptors])
                        : new InheritedEndpoint(entry.Key, EndpointLayout.Failed, [])),
                ];
            }
        }
    }

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
            var reservation = await ReserveAsync(key, endpoint, cancellationToken);
            return new ReservedListener(reservation, Unbound);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Kestrel goes on without one of "localhost"'s two addresses, and from [::] to 0.0.0.0: the workers do the same.
            AddMissing(key);
            throw;
        }
    }

    /// <summary>Binds the sockets of so many slots, on every endpoint; the new ones do not listen yet.</summary>
    /// <exception cref="SocketException">The kernel refuses one; then all is as it was before.</exception>
    internal void Grow(int slots)
    {
        lock (_gate)
        {
            var groups = _bound.Select(entry => entry.Reservation).OfType<Reservation>().Where(group => group.Layout == EndpointLayout.Group).ToArray();
            var before = groups.Select(group => group.Sockets.Count).ToArray();
            try
            {
                Array.ForEach(groups, group => SocketReserver.Grow(group, slots));
                _reservedSlots = Math.Max(_reservedSlots, slots);
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
    }

    /// <summary>Reserves an endpoint that a new generation asks for.</summary>
    internal async Task<EndpointAnswer> ReserveAsync(string key)
    {
        var endpoint = EndpointKey.Parse(key);
        if (endpoint is FileHandleEndPoint)
        {
            return new(null, Error: $"A socket that another process hands over (descriptor {EndpointKey.Describe(key)}) can be added only when the app is started: restart it.");
        }

        try
        {
            var reservation = await ReserveAsync(key, endpoint, CancellationToken.None);
            MasterLog.EndpointAdded(_logger, EndpointKey.Describe(EndpointKey.For(reservation.EndPoint)));
            return new(EndpointKey.For(reservation.EndPoint));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            AddMissing(key);
            return new(null, Missing: $"The address {EndpointKey.Describe(key)} cannot be bound on this machine: {e.Message}.");
        }
        catch (AddressInUseException e)
        {
            return new(null, Error: e.Message);
        }
        catch (SocketException e)
        {
            return new(null, Error: $"The address {EndpointKey.Describe(key)} cannot be bound: {e.Message}. Choose another in --urls, ASPNETCORE_URLS or Kestrel:Endpoints.");
        }
    }

    /// <summary>Gives up every endpoint but these. Gives the places of those given up, among all that there ever were.</summary>
    /// <param name="keys">What is kept.</param>
    /// <param name="beforeClose">Called with each place, before its sockets are closed.</param>
    internal IReadOnlyList<int> Keep(IReadOnlyList<string> keys, Action<int> beforeClose)
    {
        var wanted = keys.ToList();
        var places = new List<int>();
        lock (_gate)
        {
            for (var place = 0; place < _bound.Count; place++)
            {
                if (_bound[place] is not { Reservation: { } reservation } entry || wanted.Remove(entry.Key))
                {
                    continue;
                }

                MasterLog.EndpointGivenUp(_logger, EndpointKey.Describe(EndpointKey.For(reservation.EndPoint)));
                beforeClose(place);
                reservation.Dispose();
                _bound[place] = (GivenUp, null);
                places.Add(place);
            }
        }

        return places;
    }

    /// <summary>See <see cref="IClusterSockets.CheckFiles"/>.</summary>
    internal string? CheckFiles()
    {
        SocketFile[] files;
        lock (_gate)
        {
            files = [.. _bound.Select(entry => entry.Reservation?.File).OfType<SocketFile>()];
        }

        string? lost = null;
        foreach (var file in files)
        {
            lost = Check(file) ?? lost;
        }

        return lost;
    }

    /// <summary>Binds each socket anew whose file cannot be put back, and gives the places of those that it replaces.</summary>
    internal IReadOnlyList<int> Rebind()
    {
        var replaced = new List<int>();
        lock (_gate)
        {
            for (var place = _bound.Count - 1; place >= 0; place--)
            {
                if (_bound[place] is { Reservation: { File: { IsLost: true } file } old } entry)
                {
                    try
                    {
                        _bound.Add((entry.Key, _reserver.ReserveAgain(old)));
                        file.Dispose(); // The name is the other's now.
                        _bound[place] = (GivenUp, old); // With the reload, as any endpoint that no worker listens on.
                        replaced.Add(place);
                        MasterLog.SocketFileLost(_logger, file.Path, file.Reason!, "It is bound anew, and a reload gives it to the workers.");
                    }
                    catch (SocketException e)
                    {
                        MasterLog.SocketFileLost(_logger, file.Path, file.Reason!, $"No client can connect there, and it cannot be bound anew: {e.Message}.");
                    }
                }
            }
        }

        return replaced;
    }

    /// <summary>From now on so many sockets of each group listen, and new connections go to the first so many slots.</summary>
    internal void Resize(int listeningSlots, int slots)
    {
        lock (_gate)
        {
            _size = (listeningSlots, slots);
            foreach (var (_, reservation) in _bound)
            {
                if (reservation is not null)
                {
                    Fit(reservation);
                }
            }
        }
    }

    public void Dispose() => Close();

    internal void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var (_, reservation) in _bound)
            {
                reservation?.Dispose();
            }
        }
    }

    private async Task<Reservation> ReserveAsync(string key, EndPoint endpoint, CancellationToken cancellationToken)
    {
        var reservation = await _reserver.ReserveAsync(endpoint, cancellationToken);
        lock (_gate)
        {
            try
            {
                SocketReserver.Grow(reservation, _reservedSlots); // Scaling out may have come first.
            }
            catch (SocketException)
            {
                reservation.Dispose();
                throw;
            }

            Fit(reservation);
            options.Value.Sticky.Check(reservation, options.Value, _logger);
            _bound.Add((key, reservation));
            if (_closed)
            {
                reservation.Dispose();
            }
        }

        return reservation;
    }

    private string? Check(SocketFile file)
    {
        switch (file.Check())
        {
            case SocketFile.State.PutBack:
                MasterLog.SocketFilePutBack(_logger, file.Path);
                return null;
            case SocketFile.State.Taken:
                MasterLog.SocketFileLost(_logger, file.Path, file.Reason!, "No client can connect to this cluster there.");
                goto case SocketFile.State.Lost;
            case SocketFile.State.Lost:
                return $"The socket file {file.Path} was removed or replaced, and cannot be put back: {file.Reason}. No client can connect there. "
                    + "Every worker runs Program.cs: remove the file there only if ReclusterProcess.IsWorker is false; the master removes what a killed one has left by itself.";
            default:
                return null;
        }
    }

    private void AddMissing(string key)
    {
        lock (_gate)
        {
            _bound.Add((key, null));
        }
    }

    private void Fit(Reservation reservation)
    {
        if (reservation.Layout == EndpointLayout.Group)
        {
            reservation.Listen(_size.Listening, transport.Value.Backlog);
            _steering.Apply(reservation, _size.Listening, _size.Slots);
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
