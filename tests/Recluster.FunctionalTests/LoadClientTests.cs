using System.Net;
using System.Net.Sockets;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;
using static Recluster.FunctionalTests.Support.ScriptedServer;

namespace Recluster.FunctionalTests;

/// <summary>The judge is judged first: against servers that misbehave in a known way, the load client counts just that.</summary>
public class LoadClientTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"pid\":123}";

    [Fact]
    public async Task A_keep_alive_client_stays_on_its_connection_and_reads_who_answers()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            while (true)
            {
                await ReadRequestAsync(connection);
                await AnswerAsync(connection, Good);
            }
        });

        var report = await RunAsync(server, requests: 10);

        Assert.Equal((10, 0, 1), (report[Outcome.Ok], report.Failed, server.Connections));
        Assert.Equal([123], report.ProcessIds);
        Assert.True(report.Latency.Max > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_connection_per_request_is_one()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, Good);
        });

        var report = await RunAsync(server, requests: 5, mode: LoadMode.ConnectionPerRequest);

        Assert.Equal((5, 0, 5), (report[Outcome.Ok], report.Failed, server.Connections));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nconnection: Close\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nbody up to the end")]
    public async Task A_connection_that_the_response_ends_is_not_used_again(string response)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, response);
            connection.Dispose();
        });

        var report = await RunAsync(server, requests: 3);

        Assert.Equal((3, 0, 3), (report[Outcome.Ok], report.Failed, server.Connections));
    }

    [Fact]
    public async Task Bodies_are_read_whole_in_any_coding_and_any_pieces()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Enc", "oding: chunked\r\n\r\n4;x=y\r\nab", "cd\r\nA");
            await AnswerAsync(connection, "\r\n0123456789\r", "\n0\r\nTrailer: x\r\n\r\n");
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", "llo");
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, "HTTP/1.1 204 No Content\r\n\r\n");
        });
        await using var connection = await HttpConnection.OpenAsync(new LoadTarget(server.EndPoint), Eventually.Limit);

        Assert.Equal("abcd0123456789", (await connection.SendAsync("/", Eventually.Limit)).Text);
        Assert.Equal("hello", (await connection.SendAsync("/", Eventually.Limit)).Text);
        Assert.Equal(204, (await connection.SendAsync("/", Eventually.Limit)).Status);
    }

    [Fact]
    public async Task Another_content_than_the_known_one()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, Good);
        });

        var report = await LoadRun.RunAsync(new()
        {
            Target = new LoadTarget(server.EndPoint),
            Clients = 1,
            Requests = 1,
            Complaint = body => body.Length == 10 ? null : $"{body.Length} bytes",
        });

        Assert.True(report[Outcome.WrongContent] == 1 && report.Failed == 1, report.ToString());
    }

    [Fact]
    public async Task A_connection_is_left_after_as_many_requests_as_it_is_for()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            while (true)
            {
                await ReadRequestAsync(connection);
                await AnswerAsync(connection, Good);
            }
        });

        var report = await LoadRun.RunAsync(
            new() { Target = new LoadTarget(server.EndPoint), Clients = 1, Requests = 5, RequestsPerConnection = 2 });

        Assert.Equal((5, 3), (report[Outcome.Ok], server.Connections));
    }

    [Fact]
    public async Task A_server_that_stands_still_is_charged_with_all_that_was_due_meanwhile()
    {
        var first = true;
        await using var server = new ScriptedServer(async connection =>
        {
            while (true)
            {
                await ReadRequestAsync(connection);
                await Task.Delay(first ? 300 : 0);
                first = false;
                await AnswerAsync(connection, Good);
            }
        });

        var report = await OpenLoop.RunAsync(
            new() { Target = new LoadTarget(server.EndPoint), Rate = 100, Duration = TimeSpan.FromSeconds(0.3), Connections = 1 });

        // One of 30 was slow by itself; half of them were due in the first half of its time.
        Assert.Equal((30, 1), (report[Outcome.Ok], server.Connections));
        Assert.True(report.Latency.Percentile(0.4) > TimeSpan.FromMilliseconds(100), report.Latency.Percentile(0.4).ToString());
        Assert.True(report.LongestGap > TimeSpan.FromMilliseconds(250), report.ToString());
    }

    [Fact]
    public async Task Refused_where_nobody_listens()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // Bound and not listening: nobody else can have the port.

        var tcp = await LoadRun.RunAsync(new LoadOptions { Target = new LoadTarget(silent.LocalEndPoint!), Clients = 1, Requests = 3 });
        var unix = await LoadRun.RunAsync(new LoadOptions { Target = LoadTarget.Unix("/nowhere/app.sock"), Clients = 1, Requests = 2 });

        Assert.Equal((3, 3), (tcp[Outcome.Refused], tcp.Failed));
        Assert.Equal((2, 2), (unix[Outcome.Refused], unix.Failed));
    }

    [Fact]
    public async Task ConnectTimeout_where_the_queue_is_full()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(full.LocalEndPoint!);

        var report = await LoadRun.RunAsync(new LoadOptions
        {
            Target = new LoadTarget(full.LocalEndPoint!),
            Clients = 1,
            Requests = 1,
            ConnectTimeout = TimeSpan.FromMilliseconds(200),
        });

        Assert.True(report[Outcome.ConnectTimeout] == 1, report.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fresh_connection_that_ends_unanswered(bool reset)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            End(connection, reset);
        });

        var report = await RunAsync(server, requests: 3);

        Assert.Equal((3, 3), (report[Outcome.ResetBeforeFirstByteFresh], report.Failed));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stale_keep_alive_connection(bool reset)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, Good);
            End(connection, reset);
        });

        var report = await RunAsync(server, requests: 4);

        Assert.Equal((2, 2), (report[Outcome.Ok], report[Outcome.ResetBeforeFirstByteReused]));
    }

    [Theory]
    [InlineData("HTT")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"pid\"")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n")]
    public async Task A_response_that_breaks_off(string response)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, response);
            connection.Dispose();
        });

        var report = await RunAsync(server, requests: 2);

        Assert.Equal((2, 2), (report[Outcome.Truncated], report.Failed));
        Assert.Equal(2, report.Failures.Count);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH\r\n")]
    public async Task A_status_other_than_200(string response)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, response);
        });

        var report = await RunAsync(server, requests: 1);

        Assert.Equal((1, 1), (report[Outcome.WrongStatus], report.Failed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{")]
    public async Task A_response_that_does_not_come_in_time(string response)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await ReadRequestAsync(connection);
            await AnswerAsync(connection, response);
        });

        var report = await RunAsync(server, requests: 1, timeout: TimeSpan.FromMilliseconds(200));

        Assert.Equal((1, 1), (report[Outcome.Timeout], report.Failed));
    }

    private static void End(Socket connection, bool reset)
    {
        if (reset)
        {
            Reset(connection);
        }
        else
        {
            connection.Dispose();
        }
    }

    private static Task<LoadReport> RunAsync(
        ScriptedServer server, int requests, LoadMode mode = LoadMode.KeepAlive, TimeSpan? timeout = null) =>
        LoadRun.RunAsync(new LoadOptions
        {
            Target = new LoadTarget(server.EndPoint),
            Mode = mode,
            Clients = 1,
            Requests = requests,
            ResponseTimeout = timeout ?? Eventually.Limit,
        });
}
