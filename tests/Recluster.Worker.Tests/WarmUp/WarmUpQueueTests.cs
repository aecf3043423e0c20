using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Recluster.Protocol;
using Recluster.Sockets;
using Recluster.Tests.Support;
using Recluster.WarmUp;

namespace Recluster.Worker.Tests.WarmUp;

/// <summary>The test is the server: it takes connections from the worker's listener as Kestrel does.</summary>
public sealed class WarmUpQueueTests : IAsyncLifetime, IDisposable
{
    private static readonly IPEndPoint Asked = new(IPAddress.Loopback, 0);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();
    private readonly HandOverDescriptorsOfTest _handOver = new(slots: 1);
    private readonly ConnectionRegistry _registry = new(TimeProvider.System);
    private WorkerSockets _sockets = null!;
    private Rehearsal _rehearsal = null!;
    private WarmUpEndpoint _endpoint = null!;
    private WarmUpTarget _target = null!;

    public async Task InitializeAsync()
    {
        _socket.Bind(Asked);
        _socket.Listen();
        var inherited = new InheritedEndpoint(EndpointKey.For(Asked), EndpointLayout.Shared, [Descriptors.Duplicate(_socket)]);
        var environment = new WorkerEnvironment(1, 1, 0, 1, 0, TimeSpan.Zero, 0, [inherited]) { HandOver = _handOver.Inherit() };
        var options = Options.Create(new SocketTransportOptions());
        _sockets = new WorkerSockets(environment, _registry, options, NullLoggerFactory.Instance, TimeProvider.System);
        _rehearsal = new Rehearsal(environment, options, NullLoggerFactory.Instance, TimeProvider.System);
        _ = AcceptAsync(await _sockets.BindAsync(Asked));
        _endpoint = (await _rehearsal.OpenAsync(_sockets.Listeners)).Single();
        _target = new WarmUpTarget(_endpoint, new WarmUpClient(_endpoint.ConnectAsync), IsHttps: false, HttpVersion.Version11);
    }

    public Task DisposeAsync() => _rehearsal.DisposeAsync().AsTask();

    public void Dispose()
    {
        _target.Client.Dispose();
        _sockets.Dispose();
        _handOver.Dispose();
        _socket.Dispose();
        _end.Dispose();
    }

    [Fact]
    public async Task Each_item_is_sent_as_often_as_it_says_and_its_connections_are_not_the_workers()
    {
        var (one, two) = (Item("/ok", 37), Item("/ok", 1));

        await RunAsync(one, two);

        Assert.Equal((37, 1), (one.Answered, two.Answered));
        Assert.Equal((0, 0), (_registry.Count, _registry.Accepted));
        await CloseAsync();
    }

    [Fact]
    public async Task When_it_is_over_nobody_can_come_in()
    {
        await RunAsync(Item("/ok", 1));
        await CloseAsync();

        await _rehearsal.DisposeAsync();

        await Assert.ThrowsAsync<SocketException>(() => _endpoint.ConnectAsync(CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task Nothing_to_send_is_done_at_once() => await RunAsync();

    [Fact]
    public async Task What_fails_is_not_sent_again_and_says_how()
    {
        var (failing, good) = (Item("/fails", 100), Item("/ok", 10));

        await RunAsync(failing, good);

        Assert.StartsWith("answered 500 (http 127.0.0.1:", failing.Failure, StringComparison.Ordinal);
        Assert.Equal((0, 10), (failing.Answered, good.Answered));
        Assert.False(failing.TryTake(out _));
    }

    [Fact]
    public async Task What_hangs_occupies_one_sender_until_the_end_and_the_rest_is_sent()
    {
        var (hanging, good) = (Item("/hangs", 100), Item("/ok", 50));
        var running = RunAsync(hanging, good);
        while (good.Answered < 50)
        {
            await Task.Yield();
        }

        Assert.False(running.IsCompleted);
        Assert.True(hanging.IsAwaited);
        await _end.CancelAsync();
        await running.InTime();

        Assert.Equal((0, null), (hanging.Answered, hanging.Failure));
        await CloseAsync();
    }

    [Fact]
    public async Task Without_time_each_item_is_sent_once()
    {
        var (one, two) = (Item("/ok", 100), Item("/ok", 50));

        await new WarmUpQueue([one, two], 2, null, () => { }, new CancellationToken(canceled: true)).RunAsync(_end.Token).InTime();

        Assert.Equal((1, 1), (one.Answered, two.Answered));
        await CloseAsync();
    }

    [Fact]
    public async Task When_the_time_is_over_what_is_sent_again_is_given_up_and_what_was_never_answered_is_not()
    {
        using var onceEach = new CancellationTokenSource();
        var (hanging, good) = (Item("/hangs", 100), Item("/ok", int.MaxValue));
        var running = new WarmUpQueue([hanging, good], 2, null, () => { }, onceEach.Token).RunAsync(_end.Token);
        while (good.Answered < 50)
        {
            await Task.Yield();
        }

        await onceEach.CancelAsync();

        Assert.False(running.IsCompleted);
        Assert.True(hanging.IsAwaited);
        await _end.CancelAsync();
        await running.InTime();
        Assert.Null(good.Failure);
    }

    private async Task CloseAsync()
    {
        _target.Client.Dispose();
        _endpoint.Disconnect();
        await _rehearsal.BeginDrainAsync();
        await _rehearsal.Drained.InTime();
    }

    private Task RunAsync(params WarmUpItem[] items) => new WarmUpQueue(items, 2, pauses: null, () => { }).RunAsync(_end.Token).InTime();

    private WarmUpItem Item(string path, int count) =>
        new($"GET {path}", [_target], count, target => target.CreateRequest(HttpMethod.Get, path), status => status < 400);

    private static async Task AcceptAsync(IConnectionListener listener)
    {
        while (await listener.AcceptAsync() is { } connection)
        {
            _ = ServeAsync(connection);
        }
    }

    private static async Task ServeAsync(ConnectionContext connection)
    {
        Assert.NotNull(connection.Features.Get<IReclusterWarmUpFeature>());
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync();
            var head = Encoding.ASCII.GetString(read.Buffer);
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }

            if (!head.StartsWith("GET /hangs", StringComparison.Ordinal))
            {
                var status = head.StartsWith("GET /ok", StringComparison.Ordinal) ? "200 OK" : "500 Bad";
                await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));
            }
        }

        await connection.DisposeAsync();
    }
}
