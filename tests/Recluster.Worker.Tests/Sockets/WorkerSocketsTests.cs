using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Recluster.Protocol;
using Recluster.Sockets;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.Sockets;

/// <summary>
/// Real sockets, in this process. The two slots of the endpoint are sockets on ports of their own, so that a client can choose.
/// </summary>
public sealed class WorkerSocketsTests : IDisposable
{
    private static readonly IPEndPoint Asked = new(IPAddress.Loopback, 0);

    private readonly List<Socket> _mine = [];
    private readonly Socket[] _master;
    private readonly int[] _inherited;
    private readonly ConnectionRegistry _registry = new(TimeProvider.System);
    private readonly WorkerSockets _sockets;

    public WorkerSocketsTests()
    {
        _master = [Listen(), Listen()];
        _inherited = [.. _master.Select(Descriptors.Duplicate)];
        _sockets = Sockets(new InheritedEndpoint(EndpointKey.For(Asked), EndpointLayout.Group, _inherited));
    }

    public void Dispose()
    {
        _sockets.Dispose();
        _mine.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Nothing_is_accepted_before_the_first_assignment()
    {
        var listener = await _sockets.BindAsync(Asked);

        Connect(0);

        AssertQueued(0);
        Assert.Equal(0, _registry.Count);
        Assert.Equal(_master[0].LocalEndPoint, listener.EndPoint);
    }

    [Fact]
    public async Task The_sockets_of_slots_that_are_added_are_accepted_from_when_they_are_assigned()
    {
        using var sockets = Sockets(new InheritedEndpoint(EndpointKey.For(Asked), EndpointLayout.Group, [Descriptors.Duplicate(_master[0])]));
        var listener = await sockets.BindAsync(Asked);
        await sockets.AssignAsync([0]);

        await sockets.AddAsync([new SharedEntry.Socket(0, 1, Descriptors.Duplicate(_master[1]))]);
        var client = Connect(1);
        AssertQueued(1);
        await sockets.AssignAsync([0, 1]);

        await AcceptedAsync(listener, client);
        await AcceptedAsync(listener, Connect(0));
        await sockets.ReleaseAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Sockets_that_are_added_before_Kestrel_binds_are_there_when_it_does()
    {
        using var sockets = Sockets(new InheritedEndpoint(EndpointKey.For(Asked), EndpointLayout.Group, [Descriptors.Duplicate(_master[0])]));
        await sockets.AddAsync([new SharedEntry.Socket(0, 1, Descriptors.Duplicate(_master[1]))]);
        var listener = await sockets.BindAsync(Asked);

        await sockets.AssignAsync([1]);

        await AcceptedAsync(listener, Connect(1));
        await sockets.AssignAsync([]);
    }

    [Fact]
    public async Task What_is_added_for_an_endpoint_that_this_worker_does_not_know_is_given_back()
    {
        var descriptor = Descriptors.Duplicate(_master[1]);
        var target = Descriptors.Target(descriptor);

        await _sockets.AddAsync([new SharedEntry.Endpoint("tcp:[::1]:1", EndpointLayout.Group), new SharedEntry.Socket(1, 0, descriptor)]);

        Assert.NotEqual(target, Descriptors.Target(descriptor));
    }

    [Fact]
    public async Task A_worker_accepts_from_the_slot_it_is_assigned_and_from_no_other()
    {
        var listener = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([1]);

        Connect(0);

        await AcceptedAsync(listener, Connect(1));
        AssertQueued(0);
        Assert.Equal(1, _registry.Count);
    }

    [Fact]
    public async Task A_sibling_accepts_from_both_slots()
    {
        var listener = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0, 1]);

        await AcceptedAsync(listener, Connect(0));
        await AcceptedAsync(listener, Connect(1));
    }

    [Fact]
    public async Task After_the_slot_is_taken_away_connections_stay_queued_for_who_gets_it_next()
    {
        var listener = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0]);
        await AcceptedAsync(listener, Connect(0));

        await _sockets.AssignAsync([]);
        var late = Connect(0);

        AssertQueued(0);
        Assert.Equal(1, _registry.Count);
        await _sockets.AssignAsync([0]);
        await AcceptedAsync(listener, late);
    }

    [Fact]
    public async Task Accepting_can_be_taken_away_and_given_back_many_times_and_no_connection_is_lost()
    {
        var listener = await _sockets.BindAsync(Asked);

        for (var i = 0; i < 100; i++)
        {
            var client = Connect(i % 2);
            await _sockets.AssignAsync(i % 3 == 0 ? [0, 1] : [i % 2]);
            await _sockets.AssignAsync([]);
            await _sockets.AssignAsync([0, 1]);
            await AcceptedAsync(listener, client);
        }
    }

    [Fact]
    public async Task The_assignment_in_force_counts_for_an_endpoint_that_is_bound_later()
    {
        await _sockets.AssignAsync([0]);

        var listener = await _sockets.BindAsync(Asked);

        await AcceptedAsync(listener, Connect(0));
    }

    [Fact]
    public async Task A_shared_socket_is_accepted_from_by_any_assignment_but_the_empty_one()
    {
        using var sockets = Sockets(new InheritedEndpoint(EndpointKey.For(Asked), EndpointLayout.Shared, [Descriptors.Duplicate(_master[0])]));
        var listener = await sockets.BindAsync(Asked);
        await sockets.AssignAsync([7]);
        await AcceptedAsync(listener, Connect(0));

        await sockets.AssignAsync([]);
        Connect(0);

        AssertQueued(0);
    }

    [Fact]
    public async Task A_connection_that_is_served_is_counted_until_it_is_disposed()
    {
        var listener = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0]);
        var connection = await AcceptedAsync(listener, Connect(0));

        Assert.Equal(1, _registry.Count);
        Assert.IsType<TrackedConnection>(connection);
        await connection.DisposeAsync();

        Assert.Equal(0, _registry.Count);
    }

    [Fact]
    public async Task Disposing_the_listener_leaves_the_socket_alive_for_everybody_else()
    {
        var listener = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0, 1]);
        await listener.UnbindAsync();
        await listener.DisposeAsync();

        var client = Connect(0);

        using var accepted = await _master[0].AcceptAsync().InTime();
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        Assert.False(accepted.LingerState!.Enabled); // What the abortive close of an owned socket leaves behind.
    }

    [Fact]
    public async Task Kestrel_can_unbind_and_bind_again_in_the_running_process()
    {
        var first = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0]);
        var pending = first.AcceptAsync();
        await first.UnbindAsync();
        Assert.Null(await pending.InTime());
        await first.DisposeAsync();

        var second = await _sockets.BindAsync(Asked);

        await AcceptedAsync(second, Connect(0));
    }

    [Fact]
    public async Task An_endpoint_the_master_did_not_reserve_is_an_IOException_that_names_it_and_those_that_there_are()
    {
        var error = await Assert.ThrowsAsync<IOException>(() => _sockets.BindAsync(new IPEndPoint(IPAddress.Loopback, 81)).AsTask());

        Assert.Contains("127.0.0.1:81", error.Message, StringComparison.Ordinal);
        Assert.Contains("tcp:127.0.0.1:0", error.Message, StringComparison.Ordinal);
        Assert.Contains("restart the app", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_the_master_could_not_bind_fails_here_too_and_is_not_missed()
    {
        using var sockets = Sockets(new InheritedEndpoint("tcp:[::1]:80", EndpointLayout.Failed, []));
        Assert.Empty(sockets.UnclaimedEndpoints);

        await Assert.ThrowsAsync<InvalidOperationException>(() => sockets.BindAsync(IPEndPoint.Parse("[::1]:80")).AsTask());
    }

    [Fact]
    public async Task Endpoints_that_this_build_does_not_listen_on_are_told()
    {
        Assert.Equal(["tcp:127.0.0.1:0"], _sockets.UnclaimedEndpoints);

        await _sockets.BindAsync(Asked);

        Assert.Empty(_sockets.UnclaimedEndpoints);
    }

    [Fact]
    public async Task Equal_endpoints_are_told_apart_by_the_order_of_binding()
    {
        using var sockets = Sockets(
            new InheritedEndpoint(EndpointKey.For(Asked), EndpointLayout.Group, [Descriptors.Duplicate(_master[0])]),
            new InheritedEndpoint(EndpointKey.For(Asked), EndpointLayout.Group, [Descriptors.Duplicate(_master[1])]));

        var (first, second) = (await sockets.BindAsync(Asked), await sockets.BindAsync(Asked));

        Assert.Equal(_master.Select(socket => socket.LocalEndPoint), [first.EndPoint, second.EndPoint]);
    }

    [Fact]
    public async Task A_release_takes_what_is_queued_and_then_gives_every_socket_back()
    {
        var listener = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0]);
        var clients = Enumerable.Range(0, 20).Select(_ => Connect(0)).ToArray();
        var before = _inherited.Select(Descriptors.Target).ToArray();

        await _sockets.ReleaseAsync(Limits.Generous).InTime();

        Assert.All(before, target => Assert.StartsWith("socket:", target, StringComparison.Ordinal));
        Assert.Empty(_inherited.Select(Descriptors.Target).Intersect(before));
        Assert.Equal(clients.Length, _registry.Count);
        Assert.NotNull(await listener.AcceptAsync().InTime());
    }

    [Fact]
    public async Task A_release_leaves_the_sockets_as_they_were_for_everybody_else()
    {
        await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0, 1]);
        await _sockets.ReleaseAsync(Limits.Generous).InTime();

        var client = Connect(0);

        using var accepted = await _master[0].AcceptAsync().InTime();
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        Assert.False(accepted.LingerState!.Enabled);
    }

    [Fact]
    public async Task A_release_does_not_wait_for_what_is_queued_on_sockets_of_others()
    {
        await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0]);
        Connect(1);

        await _sockets.ReleaseAsync(TimeSpan.FromDays(1)).InTime();

        AssertQueued(1);
    }

    [Fact]
    public async Task After_a_release_an_assignment_accepts_nothing_and_a_second_release_is_harmless()
    {
        await _sockets.BindAsync(Asked);
        await _sockets.ReleaseAsync(Limits.Generous).InTime();

        await _sockets.AssignAsync([0, 1]).InTime();
        await _sockets.ReleaseAsync(Limits.Generous).InTime();
        Connect(0);

        AssertQueued(0);
    }

    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _mine.Add(socket);
        socket.Bind(Asked);
        socket.Listen();
        return socket;
    }

    private Socket Connect(int slot)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _mine.Add(client);
        client.Connect(_master[slot].LocalEndPoint!);
        return client;
    }

    private WorkerSockets Sockets(params InheritedEndpoint[] endpoints) => new(
        new WorkerEnvironment(1, 1, 0, 1, 0, TimeSpan.Zero, 0, endpoints),
        _registry,
        Options.Create(new SocketTransportOptions()),
        NullLoggerFactory.Instance,
        TimeProvider.System);

    /// <summary>The kernel has a connection for this slot that nobody has accepted.</summary>
    private void AssertQueued(int slot) => Assert.True(_master[slot].Poll(Limits.Generous, SelectMode.SelectRead));

    private static async Task<ConnectionContext> AcceptedAsync(IConnectionListener listener, Socket client)
    {
        var connection = await listener.AcceptAsync().InTime();
        Assert.Equal(client.LocalEndPoint, connection!.RemoteEndPoint);
        return connection;
    }
}
