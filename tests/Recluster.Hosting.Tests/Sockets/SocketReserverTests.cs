using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using Recluster.Protocol;
using Recluster.Sockets;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Sockets;

public sealed class SocketReserverTests : IDisposable
{
    private const int Slots = 3;

    // Each look at the clock takes three seconds: a wait for an address to become free is over at once.
    private readonly SocketReserver _reserver = new(Slots, 128, new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(3) });
    private readonly List<IDisposable> _mine = [];

    public void Dispose() => _mine.ForEach(mine => mine.Dispose());

    [Fact]
    public async Task Port_0_gives_one_port_to_all_slots()
    {
        var reservation = await ReserveAsync(new IPEndPoint(IPAddress.Loopback, 0));

        Assert.Equal(EndpointLayout.Group, reservation.Layout);
        Assert.Equal("tcp:127.0.0.1:0", reservation.Key);
        Assert.Equal(Slots, reservation.Sockets.Count);
        Assert.Equal(reservation.EndPoint, Assert.Single(reservation.Sockets.Select(socket => socket.LocalEndPoint).Distinct()));
        Assert.NotEqual(0, ((IPEndPoint)reservation.EndPoint).Port);
        Assert.Equal(Slots, reservation.Descriptors.Distinct().Count());
    }

    [Fact]
    public async Task A_group_grows_by_sockets_that_get_connections_when_they_listen()
    {
        var reservation = await ReserveAsync(new IPEndPoint(IPAddress.Loopback, 0));

        SocketReserver.Grow(reservation, 5);
        SocketReserver.Grow(reservation, 4);

        Assert.Equal(5, reservation.Descriptors.Distinct().Count());
        Assert.Equal(reservation.EndPoint, Assert.Single(reservation.Sockets.Select(socket => socket.LocalEndPoint).Distinct()));
        reservation.Listen(5, 128);
        for (var i = 0; i < 100; i++)
        {
            Connect(AddressFamily.InterNetwork, reservation.EndPoint);
        }

        Assert.All(reservation.Sockets, socket => Assert.True(socket.Poll(Limits.Generous, SelectMode.SelectRead)));
    }

    [Fact]
    public async Task A_group_that_the_kernel_does_not_let_grow_stays_as_it_is()
    {
        var reservation = await ReserveAsync(new IPEndPoint(IPAddress.Loopback, 0));
        int[] before = [.. reservation.Descriptors];
        using var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var bound = new Queue<Socket>([one]);

        Assert.Throws<SocketException>(() => reservation.Grow(
            5, () => bound.TryDequeue(out var next) ? next : throw new SocketException((int)SocketError.TooManyOpenSockets)));

        Assert.Equal(before, reservation.Descriptors);
        Assert.True(one.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task Connections_queue_on_every_socket_of_the_group_though_nobody_accepts()
    {
        var reservation = await ReserveAsync(new IPEndPoint(IPAddress.Loopback, 0));

        // The kernel chooses by a hash of the client's port; 40 clients leave no socket of three out.
        for (var i = 0; i < 40; i++)
        {
            Connect(AddressFamily.InterNetwork, reservation.EndPoint);
        }

        Assert.All(reservation.Sockets, socket => Assert.True(socket.Poll(Limits.Generous, SelectMode.SelectRead)));
    }

    [Fact]
    public async Task A_second_reserver_on_the_same_port_is_refused_though_the_user_is_the_same()
    {
        var first = await ReserveAsync(new IPEndPoint(IPAddress.Loopback, 0));

        var error = await Assert.ThrowsAsync<AddressInUseException>(() => ReserveAsync((IPEndPoint)first.EndPoint));

        Assert.Contains($"The address {first.EndPoint} is taken", error.Message, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId} (", error.Message, StringComparison.Ordinal);
        Assert.Contains("--urls", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ordinary_listener_on_the_port_is_respected_too()
    {
        var other = Listen(new IPEndPoint(IPAddress.Loopback, 0));

        await Assert.ThrowsAsync<AddressInUseException>(() => ReserveAsync((IPEndPoint)other.LocalEndPoint!));
    }

    [Fact]
    public async Task An_address_whose_holder_ends_before_the_look_for_it_is_reserved()
    {
        var other = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var endpoint = (IPEndPoint)other.LocalEndPoint!;
        var reserver = new SocketReserver(Slots, 128, new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(3) })
        {
            FindHolders = _ =>
            {
                other.Dispose();
                return [];
            },
        };

        var reservation = await reserver.ReserveAsync(endpoint, default);
        _mine.Add(reservation);

        Assert.Equal(endpoint, reservation.EndPoint);
    }

    [Fact]
    public async Task A_port_that_was_given_back_can_be_reserved_again_at_once()
    {
        var first = await ReserveAsync(new IPEndPoint(IPAddress.Loopback, 0));
        var endpoint = (IPEndPoint)first.EndPoint;
        Connect(AddressFamily.InterNetwork, endpoint);
        first.Dispose();

        var second = await ReserveAsync(endpoint);

        Assert.Equal(endpoint, second.EndPoint);
    }

    [Fact]
    public async Task A_port_that_becomes_free_within_moments_is_waited_for()
    {
        var other = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var reserver = new SocketReserver(Slots, 128, TimeProvider.System);

        var waiting = reserver.ReserveAsync(other.LocalEndPoint!, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        other.Dispose();

        _mine.Add(await waiting.InTime());
    }

    [Fact]
    public async Task Giving_up_ends_the_waiting()
    {
        var other = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using var cancel = new CancellationTokenSource();
        var waiting = new SocketReserver(Slots, 128, new FakeTimeProvider()).ReserveAsync(other.LocalEndPoint!, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.InTime());
    }

    [Fact]
    public async Task An_address_this_machine_does_not_have_is_an_error_at_once()
    {
        await Assert.ThrowsAsync<SocketException>(() => ReserveAsync(new IPEndPoint(IPAddress.Parse("203.0.113.1"), 0)));
    }

    [Fact]
    public async Task IPv6Any_is_reachable_by_IPv4_too_and_a_single_IPv6_address_is_not()
    {
        var any = await ReserveAsync(new IPEndPoint(IPAddress.IPv6Any, 0));
        var port = ((IPEndPoint)any.EndPoint).Port;

        Connect(AddressFamily.InterNetwork, new IPEndPoint(IPAddress.Loopback, port));
        Connect(AddressFamily.InterNetworkV6, new IPEndPoint(IPAddress.IPv6Loopback, port));

        Assert.All(any.Sockets, socket => Assert.True(socket.DualMode));
        Assert.All((await ReserveAsync(new IPEndPoint(IPAddress.IPv6Loopback, 0))).Sockets, socket => Assert.False(socket.DualMode));
    }

    private async Task<Reservation> ReserveAsync(EndPoint endpoint)
    {
        var reservation = await _reserver.ReserveAsync(endpoint, CancellationToken.None).InTime();
        _mine.Add(reservation);
        return reservation;
    }

    private void Connect(AddressFamily family, EndPoint endpoint)
    {
        var client = new Socket(family, SocketType.Stream, ProtocolType.Unspecified);
        _mine.Add(client);
        client.Connect(endpoint);
    }

    private Socket Listen(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _mine.Add(socket);
        socket.Bind(endpoint);
        socket.Listen();
        return socket;
    }

    [Fact]
    public async Task A_socket_that_was_handed_over_is_shared_and_not_closed()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();

        var reservation = await _reserver.ReserveAsync(new FileHandleEndPoint((ulong)other.Handle, FileHandleType.Tcp), default);
        reservation.Dispose();

        Assert.Equal((EndpointLayout.Shared, other.LocalEndPoint), (reservation.Layout, reservation.EndPoint));
        Assert.Equal([(int)other.Handle], reservation.Descriptors);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(other.LocalEndPoint!);
    }
}
