using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Recluster.HandOver;
using Recluster.Protocol;
using Recluster.Sockets;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.HandOver;

/// <summary>
/// Workers in this process, with real sockets: two slots, each with a port of its own so that a client can choose who accepts.
/// </summary>
public sealed class ConnectionBalancerTests : IDisposable
{
    private const int Slots = 2;

    private static readonly IPEndPoint Asked = new(IPAddress.Loopback, 0);

    private readonly HandOverDescriptorsOfTest _handOver = new(Slots);
    private readonly List<Socket> _mine = [];
    private readonly Socket[] _master;

    public ConnectionBalancerTests() => _master = [Listen(), Listen()];

    public void Dispose()
    {
        _mine.ForEach(socket => socket.Dispose());
        _handOver.Dispose();
    }

    [Fact]
    public async Task Connections_that_one_worker_accepts_are_shared_with_the_other()
    {
        var (one, other) = (await StartAsync(0, [0]), await StartAsync(1, [1]));

        for (var i = 0; i < 20; i++)
        {
            Connect(0);
            await CountAsync(i + 1, one, other);
        }

        Assert.InRange(one.Registry.Count, 10, 11);
    }

    [Fact]
    public async Task A_connection_that_was_handed_over_belongs_to_the_endpoint_it_came_by()
    {
        var second = Listen();
        var (one, other) = (await StartAsync(0, [0], second), await StartAsync(1, [], second));
        Connect(0);
        await CountAsync(1, one);
        var board = _handOver.MapBoard();
        board.Claim(1, worker: 99, load: 0);

        var client = Connect(second);
        await EventuallyAsync(() => board.Sent(1) == 1);
        await one.Sockets.AssignAsync([]);
        await other.Sockets.AssignAsync([1]);

        await CountAsync(2, one, other);
        Assert.Equal(client.LocalEndPoint, (await other.Listeners[1].AcceptAsync().InTime())!.RemoteEndPoint);
    }

    [Fact]
    public async Task What_was_handed_to_a_worker_that_died_is_received_by_whoever_gets_its_slot()
    {
        var one = await StartAsync(0, [0]);
        var board = _handOver.MapBoard();
        board.Claim(1, worker: 99, load: 0); // It lives, as far as anybody knows.

        Connect(0);
        await EventuallyAsync(() => one.Registry.Count == 1);
        Connect(0);
        await EventuallyAsync(() => board.Sent(1) == 1);
        Assert.Equal(1, one.Registry.Count);

        await one.Sockets.AssignAsync([0, 1]);

        await EventuallyAsync(() => one.Registry.Count == 2);
        Assert.Equal(LoadBoard.Closed, board.LoadOf(1, 1000));
    }

    [Fact]
    public async Task Nothing_is_handed_to_a_new_slot_before_its_queue_is_there_and_from_then_on_it_is()
    {
        var all = _handOver.Inherit();
        var one = await StartAsync(0, [0], handOver: all with { Receive = [all.Receive[0]], Send = [all.Send[0]] });
        var board = _handOver.MapBoard();
        board.Claim(1, worker: 99, load: 0);

        Connect(0);
        Connect(0);
        await EventuallyAsync(() => one.Registry.Count == 2);
        Assert.Equal(0, board.Sent(1));

        await one.Sockets.AddAsync([new SharedEntry.Queue(1, all.Receive[1], all.Send[1])]);
        Connect(0);
        await EventuallyAsync(() => board.Sent(1) == 1);

        await one.Sockets.AssignAsync([0, 1]);
        await EventuallyAsync(() => one.Registry.Count == 3);
    }

    [Fact]
    public async Task Few_connections_wait_for_a_worker_that_hangs()
    {
        var one = await StartAsync(0, [0]);
        var board = _handOver.MapBoard();
        board.Claim(1, worker: 99, load: 0);

        for (var i = 0; i < 60; i++)
        {
            Connect(0);
        }

        await EventuallyAsync(() => one.Registry.Count + board.Waiting(1) == 60);
        Assert.Equal(HandOverRule.MostWaiting, board.Waiting(1));
        Assert.False(one.Sockets.IsStalled());
    }

    [Fact]
    public async Task One_that_the_kernel_does_not_take_is_served_here_and_not_counted_as_sent()
    {
        var one = await StartAsync(0, [0]);
        var board = _handOver.MapBoard();
        board.Claim(1, worker: 99, load: 0);
        var descriptors = _handOver.Inherit();
        var full = new HandOverQueue(descriptors.Receive[1], descriptors.Send[1]);
        while (full.TrySend(new(0, _master[1])))
        {
        }

        Connect(0);
        Connect(0);

        await CountAsync(2, one);
        Assert.Equal(0, board.Sent(1));
        full.Release();
    }

    [Fact]
    public async Task A_demoted_worker_gets_none_and_its_successor_does()
    {
        var (one, old) = (await StartAsync(0, [0]), await StartAsync(1, [1]));
        var next = await StartAsync(1, [], worker: 3);
        await next.Sockets.AssignAsync([1]);
        await old.Sockets.AssignAsync([]);

        for (var i = 0; i < 10; i++)
        {
            Connect(0);
            await CountAsync(i + 1, one, next);
        }

        Assert.Equal(0, old.Registry.Count);
        Assert.InRange(next.Registry.Count, 4, 5);
    }

    [Fact]
    public async Task A_connection_whose_endpoint_is_not_bound_at_the_receiver_is_kept_until_it_is()
    {
        var (one, other) = (await StartAsync(0, [0]), await StartAsync(1, [1]));
        await other.Listeners[0].UnbindAsync();
        Connect(0);
        var client = Connect(0);
        var board = _handOver.MapBoard();
        await EventuallyAsync(() => board.Sent(1) == 1 && board.Waiting(1) == 0);

        var again = await other.Sockets.BindAsync(Asked);

        await CountAsync(2, one, other);
        Assert.NotNull(await again.AcceptAsync().InTime());
        Assert.NotNull(client.RemoteEndPoint);
    }

    [Fact]
    public async Task One_that_is_kept_goes_to_the_successor_when_the_receiver_loses_its_slot()
    {
        var (one, old) = (await StartAsync(0, [0]), await StartAsync(1, [1]));
        await old.Listeners[0].UnbindAsync();
        Connect(0);
        Connect(0);
        var board = _handOver.MapBoard();
        await EventuallyAsync(() => board.Sent(1) == 1 && board.Waiting(1) == 0);

        await old.Sockets.AssignAsync([]);
        var next = await StartAsync(1, [1], worker: 3);

        await CountAsync(2, one, next);
        Assert.Equal(1, next.Registry.Count);
    }

    [Fact]
    public async Task A_slot_without_a_successor_gets_none_also_when_its_last_connections_end()
    {
        var (one, removed) = (await StartAsync(0, [0]), await StartAsync(1, [1]));
        var board = _handOver.MapBoard();
        Connect(1);
        await EventuallyAsync(() => removed.Registry.Count == 1);
        var last = await removed.Listeners[0].AcceptAsync().InTime();

        await removed.Sockets.AssignAsync([]);
        Assert.Equal(LoadBoard.Closed, board.LoadOf(1, 1000));
        await last!.DisposeAsync();

        Assert.Equal(LoadBoard.Closed, board.LoadOf(1, 1000));
        for (var i = 0; i < 5; i++)
        {
            Connect(0);
            await CountAsync(i + 1, one);
        }
    }

    [Fact]
    public async Task A_release_takes_what_is_on_its_way_to_slots_of_others_too()
    {
        var one = await StartAsync(0, [0]);
        var descriptors = _handOver.Inherit();
        var sibling = new HandOverQueue(descriptors.Receive[1], descriptors.Send[1]);
        var client = Connect(1);
        using (var accepted = await _master[1].AcceptAsync().InTime())
        {
            Assert.True(sibling.TrySend(new(0, accepted)));
        }

        await one.Sockets.ReleaseAsync(Limits.Generous).InTime();

        Assert.Equal(1, one.Registry.Count);
        Assert.Equal(client.LocalEndPoint, (await one.Listeners[0].AcceptAsync().InTime())!.RemoteEndPoint);
        sibling.Release();
    }

    private async Task<Worker> StartAsync(int slot, int[] assignment, Socket? second = null, long worker = 0, HandOverDescriptors? handOver = null)
    {
        var endpoints = new List<InheritedEndpoint>
        {
            new(EndpointKey.For(Asked), EndpointLayout.Group, [.. _master.Select(Descriptors.Duplicate)]),
        };
        if (second is not null)
        {
            endpoints.Add(new(EndpointKey.For(Asked), EndpointLayout.Shared, [Descriptors.Duplicate(second)]));
        }

        var registry = new ConnectionRegistry(TimeProvider.System);
        var environment = new WorkerEnvironment(1, worker == 0 ? slot + 1 : worker, slot, 1, 0, TimeSpan.Zero, 0, endpoints)
        {
            HandOver = handOver ?? _handOver.Inherit(),
        };
        var sockets = new WorkerSockets(
            environment, registry, Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance, TimeProvider.System);
        var listeners = new List<IConnectionListener>();
        foreach (var _ in endpoints)
        {
            listeners.Add(await sockets.BindAsync(Asked));
        }

        await sockets.AssignAsync(assignment);
        return new Worker(sockets, registry, listeners);
    }

    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _mine.Add(socket);
        socket.Bind(Asked);
        socket.Listen();
        return socket;
    }

    private Socket Connect(int slot) => Connect(_master[slot]);

    private Socket Connect(Socket listener)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _mine.Add(client);
        client.Connect(listener.LocalEndPoint!);
        return client;
    }

    private static Task CountAsync(int connections, params Worker[] workers) =>
        EventuallyAsync(() => workers.Sum(worker => worker.Registry.Count) == connections);

    private static async Task EventuallyAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(Limits.Generous);
        while (!isSo())
        {
            Assert.False(limit.IsCancellationRequested);
            await Task.Yield();
        }
    }

    private sealed record Worker(WorkerSockets Sockets, ConnectionRegistry Registry, IReadOnlyList<IConnectionListener> Listeners);
}
