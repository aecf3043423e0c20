using System.Net;
using System.Net.WebSockets;
using System.Text;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>WebSockets and event streams: they run on, and when they have to end they are told so in their own protocol.</summary>
[Collection(LoadCollection.Name)]
public class LongLivedTests
{
    // A final frame of opcode 8 with status 1001 (RFC 6455, 5.5.1).
    private static readonly byte[] GoingAway = [0x88, 2, 0x03, 0xE9];

    private const string ShortDrain = "--Recluster:DrainTimeout=00:00:01";

    [Fact]
    public async Task A_WebSocket_runs_on_through_a_reload_and_gets_1001_at_DrainTimeout()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = [ShortDrain] });
        using var socket = await ConnectAsync(cluster);
        var old = await cluster.AllSlotsAsync();

        await cluster.ReloadBySignalAsync();
        Assert.Equal("still here", await EchoAsync(socket, "still here"));

        await AssertGoingAwayAsync(socket);
        Assert.All(old.Values, who => Assert.Equal(1, who.Generation));
        foreach (var who in old.Values)
        {
            await cluster.Log.WaitForAsync($"pid {who.Pid}, generation 1: exit code 0");
        }

        Assert.DoesNotContain("are aborted", cluster.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_WebSocket_over_HTTP_2_gets_1001_too()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = null, Arguments = [ShortDrain, "--Zoo:Listen=h2c:0"] });
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var limit = new CancellationTokenSource(Eventually.Limit);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{cluster.Port}/ws/echo"), invoker, limit.Token);

        await cluster.ReloadBySignalAsync();
        Assert.Equal("still here", await EchoAsync(socket, "still here"));

        await AssertGoingAwayAsync(socket);
    }

    [Fact]
    public async Task A_WebSocket_whose_app_asks_for_it_is_closed_when_the_drain_begins()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Zoo:CloseLongLivedOnDrain=true"] });
        using var socket = await ConnectAsync(cluster);

        await cluster.ReloadBySignalAsync();

        await AssertGoingAwayAsync(socket);
    }

    [Fact]
    public async Task A_WebSocket_gets_1001_when_the_cluster_stops()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        using var socket = await ConnectAsync(cluster);

        cluster.Signal(Posix.SigTerm);

        await AssertGoingAwayAsync(socket);
        Assert.Equal(0, await cluster.ExitAsync());
    }

    [Fact]
    public async Task A_WebSocket_gets_1001_when_its_generation_is_one_too_many()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:MaxDrainingGenerations=1"] });
        using var socket = await ConnectAsync(cluster);
        using var next = await ReloadedAsync();

        await cluster.ReloadBySignalAsync();

        await AssertGoingAwayAsync(socket);
        Assert.Equal("not I", await EchoAsync(next, "not I"));

        async Task<ClientWebSocket> ReloadedAsync()
        {
            await cluster.ReloadBySignalAsync();
            return await ConnectAsync(cluster);
        }
    }

    [Fact]
    public async Task A_client_that_does_not_answer_the_goodbye_does_not_keep_the_worker()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = [ShortDrain] });
        var old = await cluster.AllSlotsAsync();
        using var client = await RawClient.ConnectAsync(cluster.Target.EndPoint);
        await client.SendAsync(
            "GET /ws/echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n");
        await client.ReadUntilAsync(c => c.Text.Contains("\r\n\r\n", StringComparison.Ordinal));

        await cluster.ReloadBySignalAsync();
        await client.ReadUntilAsync(c => c.Received.AsSpan().EndsWith(GoingAway));

        foreach (var who in old.Values)
        {
            await cluster.Log.WaitForAsync($"pid {who.Pid}, generation 1: exit code 0");
        }
    }

    [Fact]
    public async Task An_event_stream_runs_on_through_a_reload_and_is_completed_at_DrainTimeout()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = [ShortDrain] });
        using var client = await RawClient.ConnectAsync(cluster.Target.EndPoint);
        await client.SendAsync("GET /sse HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
        await client.ReadUntilAsync(c => c.Count("data: ") > 2);

        await cluster.ReloadBySignalAsync();
        var before = client.Count("data: ");
        await client.ReadUntilAsync(c => c.Count("data: ") > before + 2);
        await client.ReadToEndAsync();

        Assert.EndsWith("\r\n0\r\n\r\n", client.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/sse")]
    [InlineData("/lines")]
    public async Task A_stream_that_says_nothing_in_Accept_is_completed_at_DrainTimeout_too(string path)
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = [ShortDrain] });
        using var client = await RawClient.ConnectAsync(cluster.Target.EndPoint);
        await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.ReadUntilAsync(c => c.Count("\n3\r\n") + c.Count("\ndata: 3") > 0 || c.Text.Contains("\n3\n", StringComparison.Ordinal));

        await cluster.ReloadBySignalAsync();
        await client.ReadToEndAsync();

        Assert.EndsWith("\r\n0\r\n\r\n", client.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("are aborted", cluster.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_stream_that_says_nothing_in_Accept_is_completed_when_the_app_asks_for_it_and_when_the_cluster_stops()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Zoo:CloseLongLivedOnDrain=true"] });
        using var first = await StreamAsync();

        await cluster.ReloadBySignalAsync();
        await first.ReadUntilAsync(IsComplete); // The connection has its next request.
        using var second = await StreamAsync();

        cluster.Signal(Posix.SigTerm);
        await second.ReadToEndAsync();

        Assert.True(IsComplete(second), second.Text);

        static bool IsComplete(RawClient client) => client.Text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal);

        async Task<RawClient> StreamAsync()
        {
            var client = await RawClient.ConnectAsync(cluster.Target.EndPoint);
            await client.SendAsync("GET /sse HTTP/1.1\r\nHost: x\r\n\r\n");
            await client.ReadUntilAsync(c => c.Count("data: ") > 2);
            return client;
        }
    }

    [Fact]
    public async Task A_request_that_waits_and_listens_is_answered_with_503_at_DrainTimeout()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = [ShortDrain] });
        using var client = await RawClient.ConnectAsync(cluster.Target.EndPoint);
        await client.SendAsync("GET /poll HTTP/1.1\r\nHost: x\r\n\r\n");
        await cluster.Log.WaitForAsync("polling");

        await cluster.ReloadBySignalAsync();
        await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 503 ", client.Text, StringComparison.Ordinal);
        Assert.Contains("Connection: close", client.Text, StringComparison.Ordinal);
    }

    private static async Task<ClientWebSocket> ConnectAsync(ClusterProcess cluster)
    {
        var socket = new ClientWebSocket();
        using var limit = new CancellationTokenSource(Eventually.Limit);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{cluster.Port}/ws/echo"), limit.Token);
        Assert.Equal("hello", await EchoAsync(socket, "hello"));
        return socket;
    }

    private static async Task<string> EchoAsync(ClientWebSocket socket, string text)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, limit.Token);
        var answer = new byte[100];
        var received = await socket.ReceiveAsync(answer, limit.Token);
        return Encoding.UTF8.GetString(answer, 0, received.Count);
    }

    private static async Task AssertGoingAwayAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var received = await socket.ReceiveAsync(new byte[100], limit.Token);
        Assert.Equal(WebSocketMessageType.Close, received.MessageType);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
        Assert.Equal(WebSocketState.Closed, socket.State);
    }
}
