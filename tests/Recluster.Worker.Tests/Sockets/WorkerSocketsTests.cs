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
    public async Task An_endpoint_that_no_socket_was_inherited_for_is_asked_of_the_master_and_never_accepts()
    {
        var reserved = new IPEndPoint(IPAddress.Loopback, 4321);
        _sockets.Reserve = (key, _) => Task.FromResult<EndPoint>(key == "tcp:127.0.0.1:81" ? reserved : Asked);

        var listener = await _sockets.BindAsync(new IPEndPoint(IPAddress.Loopback, 81));
        await _sockets.BindAsync(Asked);

        Assert.Equal(reserved, listener.EndPoint);
        Assert.Equal(["tcp:127.0.0.1:0", "tcp:127.0.0.1:81"], _sockets.Keys);
        var accepting = listener.AcceptAsync().AsTask();
        Assert.False(accepting.IsCompleted);
        await listener.UnbindAsync();
        Assert.Null(await accepting.InTime());
    }

    [Fact]
    public async Task While_the_master_is_asked_its_orders_are_carried_out()
    {
        var answer = new TaskCompletionSource<EndPoint>();
        _sockets.Reserve = (_, _) => answer.Task;
        var binding = _sockets.BindAsync(new IPEndPoint(IPAddress.Loopback, 81)).AsTask();

        await _sockets.RetireAsync(0).InTime();

        answer.SetResult(Asked);
        await binding.InTime();
    }

    [Fact]
    public async Task A_retired_endpoint_serves_what_is_queued_and_then_gives_its_sockets_back()
    {
        var listener = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0]);
        var clients = Enumerable.Range(0, 20).Select(_ => Connect(0)).ToArray();
        var before = _inherited.Select(Descriptors.Target).ToArray();
        var lost = new List<string>();
        _sockets.Lost = lost.Add;

        await _sockets.RetireAsync(0).InTime();
        await _sockets.AssignAsync([0, 1]).InTime();

        Assert.Equal(clients.Length, _registry.Count);
        Assert.NotNull(await listener.AcceptAsync().InTime());
        Assert.Empty(_inherited.Select(Descriptors.Target).Intersect(before));
        await listener.UnbindAsync();
        Assert.Empty(lost);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_listened_on_here_is_given_back_when_it_is_retired_and_one_that_is_unknown_ignored()
    {
        var before = _inherited.Select(Descriptors.Target).ToArray();

        await _sockets.RetireAsync(0).InTime();
        await _sockets.RetireAsync(7).InTime();

        Assert.Empty(_inherited.Select(Descriptors.Target).Intersect(before));
    }

    [Fact]
    public async Task A_listener_that_is_unbound_while_it_should_accept_is_lost_and_one_that_should_not_is_none()
    {
        var lost = new List<string>();
        _sockets.Lost = lost.Add;
        var listener = await _sockets.BindAsync(Asked);
        await listener.UnbindAsync();
        Assert.Empty(lost);

        listener = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0]);
        await listener.UnbindAsync();

        Assert.Contains("has been unbound in the running process", Assert.Single(lost), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accepting_that_ends_by_an_error_is_lost()
    {
        var lost = new TaskCompletionSource<string>();
        _sockets.Lost = lost.SetResult;
        await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0]);

        _registry.Changed = _ => throw new InvalidOperationException("a defect");
        Connect(0);

        Assert.Contains("ended by InvalidOperationException: a defect", await lost.Task.InTime(), StringComparison.Ordinal);
        await _sockets.AssignAsync([]).InTime();
    }

    [Fact]
    public async Task An_endpoint_the_master_could_not_bind_fails_here_too_and_is_not_missed()
    {
        using var sockets = Sockets(new InheritedEndpoint("tcp:[::1]:80", EndpointLayout.Failed, []));

        await Assert.ThrowsAsync<InvalidOperationException>(() => sockets.BindAsync(IPEndPoint.Parse("[::1]:80")).AsTask());

        Assert.Empty(sockets.Keys);
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
