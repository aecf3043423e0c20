using System.Net.Security;
using System.Net.Sockets;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>What a replaced worker does with what it still has.</summary>
public class DrainTests
{
    [Fact]
    public async Task A_draining_worker_serves_the_next_request_of_an_idle_connection_and_then_ends_it()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        var before = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));

        await cluster.ReloadBySignalAsync();
        var last = await connection.SendAsync("/", Eventually.Limit);

        Assert.Equal(before.Pid, ClusterProcess.Parse<ZooIdentity>(last).Pid);
        Assert.False(last.KeepsAlive);
        await cluster.Log.WaitForAsync($"pid {before.Pid}, generation 1: exit code 0");
    }

    [Fact]
    public async Task A_request_that_outlives_DrainTimeout_is_aborted_and_its_worker_is_gone()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:DrainTimeout=00:00:01"] });
        var request = cluster.GetAsync<ZooIdentity>("/wait?file=/nowhere/to/be/found");
        var waiting = await cluster.Log.WaitForAsync("waiting for");
        var pid = int.Parse(waiting[(waiting.LastIndexOf(' ') + 1)..], null);

        await cluster.ReloadBySignalAsync();

        var failure = await Assert.ThrowsAsync<RequestFailedException>(() => request);
        Assert.Equal(Outcome.ResetBeforeFirstByteFresh, failure.Outcome);
        await cluster.Log.WaitForAsync("The time to drain (00:00:01) is over: 1 connections are aborted.");
        await cluster.Log.WaitForAsync($"pid {pid}, generation 1: ");
        Assert.False(ProcessTable.IsAlive(pid));
    }

    [Fact]
    public async Task A_worker_that_does_not_exit_after_its_drain_is_killed()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = ["--Zoo:Vice=RefusesToExit", "--Recluster:DrainTimeout=00:00:01"],
        });
        var before = await cluster.AllSlotsAsync();

        await cluster.ReloadBySignalAsync();

        foreach (var who in before.Values)
        {
            await cluster.Log.WaitForAsync($"pid {who.Pid}, generation 1: timeout, it was still there after DrainTimeout (00:00:01) and was killed");
            Assert.False(ProcessTable.IsAlive(who.Pid));
        }
    }

    [Fact]
    public async Task A_connection_in_the_midst_of_its_TLS_handshake_does_not_keep_a_worker_from_draining()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Urls = null,
            Arguments = ["--Zoo:Listen=https:0"],
        });
        var tls = cluster.Target with { Tls = true };
        var silent = new List<Socket>();
        for (var i = 0; i < 8; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(cluster.Target.EndPoint);
            silent.Add(socket);
        }

        // Queues are first in, first out: a later connection to each slot has been served, so the silent ones have been accepted.
        await cluster.AllSlotsAsync(target: tls);
        await cluster.ReloadBySignalAsync();
        silent.ForEach(socket => socket.Dispose());

        await cluster.WorkersWhenAsync(workers => workers.Length == 2, tls);
    }
    [Fact]
    public async Task An_idle_connection_over_a_Unix_domain_socket_is_served_once_more_too()
    {
        using var folder = new TemporaryFolder();
        var target = LoadTarget.Unix(folder.File("app.sock"));
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = $"http://unix:{folder.File("app.sock")}" });
        await using var connection = await HttpConnection.OpenAsync(target, Eventually.Limit);
        var before = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));

        await cluster.ReloadBySignalAsync();
        var last = await connection.SendAsync("/", Eventually.Limit);

        Assert.Equal(before.Pid, ClusterProcess.Parse<ZooIdentity>(last).Pid);
        Assert.False(last.KeepsAlive);
    }

    [Fact]
    public async Task A_connection_that_has_been_silent_since_it_was_accepted_is_served()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        using var client = await RawClient.ConnectAsync(cluster.Target.EndPoint);
        await cluster.AllSlotsAsync(); // Later connections of each slot have been accepted, so the silent one has.

        await cluster.ReloadBySignalAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 OK", client.Text, StringComparison.Ordinal);
        Assert.Contains("Connection: close", client.Text, StringComparison.Ordinal);
        Assert.Contains("\"generation\":1", client.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipelined_requests_are_all_answered_and_the_last_response_ends_the_connection()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var gate = cluster.Folder.File("gate");
        using var client = await RawClient.ConnectAsync(cluster.Target.EndPoint);
        const string Next = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        await client.SendAsync($"GET /wait?file={gate} HTTP/1.1\r\nHost: x\r\n\r\n{Next}{Next}");
        await cluster.Log.WaitForAsync("waiting for");

        await cluster.ReloadBySignalAsync();
        await client.SendAsync(Next);
        await File.WriteAllTextAsync(gate, "");
        await client.ReadToEndAsync();

        Assert.Equal(4, client.Count("HTTP/1.1 200 OK"));
        Assert.Equal(1, client.Count("Connection: close"));
        Assert.True(
            client.Text.LastIndexOf("Connection: close", StringComparison.Ordinal) > client.Text.LastIndexOf("HTTP/1.1 200 OK", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_response_whose_head_went_out_before_the_drain_is_followed_by_one_more_request()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var gate = cluster.Folder.File("gate");
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        using var client = await RawClient.ConnectAsync(cluster.Target.EndPoint);
        await client.SendAsync($"GET /head-first?file={gate} HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.ReadUntilAsync(c => c.Text.Contains("\r\n\r\n", StringComparison.Ordinal));
        Assert.DoesNotContain("Connection: close", client.Text, StringComparison.Ordinal);

        await cluster.ReloadBySignalAsync();
        await File.WriteAllTextAsync(gate, "");
        await client.ReadUntilAsync(c => c.Text.EndsWith("done", StringComparison.Ordinal));
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.ReadToEndAsync();

        Assert.Equal(2, client.Count("HTTP/1.1 200 OK"));
        Assert.Contains("Connection: close", client.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_TLS_handshake_that_has_not_begun_when_the_drain_does_is_completed_and_served()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = null, Arguments = ["--Zoo:Listen=https:0"] });
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", cluster.Port);
        await cluster.AllSlotsAsync(target: cluster.Target with { Tls = true });

        await cluster.ReloadBySignalAsync();
#pragma warning disable CA5359 // A certificate made for the occasion.
        await using var tls = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync("localhost").WaitAsync(Eventually.Limit);
        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(tls);
        var response = await reader.ReadToEndAsync().WaitAsync(Eventually.Limit);

        Assert.StartsWith("HTTP/1.1 200 OK", response, StringComparison.Ordinal);
        Assert.Contains("\"generation\":1", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_idle_cleartext_HTTP_2_connection_that_never_carried_a_request_gets_GOAWAY()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = null, Workers = 1, WarmUp = true, Arguments = ["--Zoo:Listen=h2c:0"] });
        using var client = await RawClient.ConnectAsync(cluster.Target.EndPoint);
        byte[] emptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        await client.SendAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. emptySettings]);
        await client.ReadUntilAsync(c => FrameTypes(c.Received).Contains(SettingsFrame));

        await cluster.ReloadBySignalAsync();

        await client.ReadUntilAsync(c => FrameTypes(c.Received).Contains(GoAwayFrame));
    }

    // RFC 9113, 4.1 and 6.
    private const byte SettingsFrame = 4;
    private const byte GoAwayFrame = 7;

    private static List<byte> FrameTypes(ReadOnlySpan<byte> bytes)
    {
        var types = new List<byte>();
        while (bytes.Length >= 9)
        {
            types.Add(bytes[3]);
            var length = 9 + ((bytes[0] << 16) | (bytes[1] << 8) | bytes[2]);
            bytes = bytes[Math.Min(length, bytes.Length)..];
        }

        return types;
    }
}
