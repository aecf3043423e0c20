using System.Net.Sockets;
using System.Net.WebSockets;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;
using static Recluster.FunctionalTests.Support.ScriptedServer;

namespace Recluster.FunctionalTests;

/// <summary>The load client on WebSockets and streams of events, against servers that misbehave in a known way.</summary>
public class LoadClientStreamTests
{
    private const string StreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Fact]
    public async Task Echoes_are_counted_and_a_socket_is_left_after_as_many_as_it_is_for()
    {
        await using var server = new ScriptedServer(connection => EchoAsync(connection, int.MaxValue));

        var report = await RunAsync(server, LoadMode.WebSocket, requests: 5, perConnection: 2);

        Assert.True((report[Outcome.Ok], report.Total, server.Connections) == (5, 5, 3), report.ToString());
    }

    [Fact]
    public async Task A_close_frame_is_a_goodbye_and_no_failure()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            var socket = await EchoAsync(connection, 2);
            await socket.ReceiveAsync(new byte[4096].AsMemory(), default);
            await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, default);
        });

        var report = await RunAsync(server, LoadMode.WebSocket, requests: 6);

        Assert.True((report[Outcome.Ok], report[Outcome.ClosedInOrder], report.Failed) == (4, 2, 0), report.ToString());
    }

    [Theory]
    [InlineData(0, Outcome.ResetBeforeFirstByteFresh)]
    [InlineData(1, Outcome.ResetBeforeFirstByteReused)]
    public async Task A_WebSocket_that_ends_without_a_word(int echoes, Outcome outcome)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            var socket = await EchoAsync(connection, echoes);
            await socket.ReceiveAsync(new byte[4096].AsMemory(), default);
            connection.Dispose();
        });

        var report = await RunAsync(server, LoadMode.WebSocket, requests: 1 + echoes);

        Assert.True((report[outcome], report.Failed) == (1, 1), report.ToString());
    }

    [Fact]
    public async Task Another_message_than_the_one_that_was_sent()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            var socket = await AcceptWebSocketAsync(connection);
            await socket.ReceiveAsync(new byte[4096].AsMemory(), default);
            await socket.SendAsync("no echo"u8.ToArray().AsMemory(), WebSocketMessageType.Binary, true, default);
        });

        var report = await RunAsync(server, LoadMode.WebSocket, requests: 1);

        Assert.True(report[Outcome.WrongContent] == 1, report.ToString());
    }

    [Fact]
    public async Task A_handshake_that_is_answered_with_another_status()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        });

        var report = await RunAsync(server, LoadMode.WebSocket, requests: 1);

        Assert.True(report[Outcome.WrongStatus] == 1, report.ToString());
    }

    [Fact]
    public async Task Events_in_sequence_up_to_the_end_of_the_stream()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, StreamHead, Event(1), Event(2), "0\r\n\r\n");
        });

        var report = await RunAsync(server, LoadMode.EventStream, requests: 3);

        Assert.True((report[Outcome.Ok], report[Outcome.ClosedInOrder], report.Failed) == (2, 1, 0), report.ToString());
        Assert.Equal([7], report.ProcessIds);
    }

    [Theory]
    [InlineData("", Outcome.Truncated)]
    [InlineData("9\r\nid: 2", Outcome.Truncated)]
    [InlineData("6\r\nid: 3\n\r\n", Outcome.WrongContent)]
    public async Task A_stream_that_breaks_off_or_leaves_an_event_out(string second, Outcome outcome)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, StreamHead, Event(1), second);
            connection.Dispose();
        });

        var report = await RunAsync(server, LoadMode.EventStream, requests: 2);

        Assert.True((report[Outcome.Ok], report[outcome]) == (1, 1), report.ToString());
    }

    private static string Event(int id)
    {
        var text = $"id: {id}\ndata: {{\"pid\":7}}\n\n";
        return $"{text.Length:x}\r\n{text}\r\n";
    }

    private static async Task<WebSocket> EchoAsync(Socket connection, int times)
    {
        var socket = await AcceptWebSocketAsync(connection);
        var message = new byte[4096];
        for (var i = 0; i < times; i++)
        {
            var part = await socket.ReceiveAsync(message.AsMemory(), default);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
                break;
            }

            await socket.SendAsync(message.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, default);
        }

        return socket;
    }

    private static Task<LoadReport> RunAsync(ScriptedServer server, LoadMode mode, int requests, int? perConnection = null) =>
        LoadRun.RunAsync(new()
        {
            Target = new LoadTarget(server.EndPoint),
            Mode = mode,
            Clients = 1,
            Requests = requests,
            RequestsPerConnection = perConnection,
            ResponseTimeout = Eventually.Limit,
        });
}
