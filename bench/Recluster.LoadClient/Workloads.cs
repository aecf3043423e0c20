using System.Security.Cryptography;
using System.Text;

namespace Recluster.LoadClient;

/// <summary>The ways in which the instrument uses a server that has the routes of <c>bench/BenchApi/LoadRoutes.cs</c>.</summary>
public static class Workloads
{
    private const int UploadLength = 256 << 10;
    private const int DownloadLength = 1 << 20;

    private static readonly byte[] Upload = RandomNumberGenerator.GetBytes(UploadLength);
    private static readonly string UploadHash = Convert.ToHexString(SHA256.HashData(Upload));
    private static readonly byte[] Download = [.. Enumerable.Range(0, DownloadLength).Select(i => (byte)(i % 251))];

    /// <summary>A fresh connection for each request, as fast as it goes.</summary>
    public static Workload ConnectionPerRequest { get; } =
        new("close per request", targets => new() { Target = targets.Http, Mode = LoadMode.ConnectionPerRequest, Clients = 8 });

    /// <summary>One connection a client, as fast as it goes.</summary>
    public static Workload KeepAlive { get; } = new("keep-alive, flat out", targets => new() { Target = targets.Http, Clients = 8 });

    /// <summary>One connection a client, and a rest of 5 to 50 ms between two requests: the stale keep-alive connection.</summary>
    public static Workload Thinking { get; } = new("keep-alive, 5 to 50 ms think time", targets => Think(new() { Target = targets.Http }, 32));

    /// <summary>Each response takes 300 ms.</summary>
    public static Workload Slow { get; } =
        new("slow requests (300 ms)", targets => new() { Target = targets.Http, Path = "/slow?ms=300", Clients = 32 });

    /// <summary>256 KiB to the server, which says what it got.</summary>
    public static Workload Uploads { get; } = new("uploads (256 KiB, verified)", targets => new()
    {
        Target = targets.Http,
        Method = "POST",
        Path = "/upload",
        Body = Upload,
        Complaint = answer => Encoding.UTF8.GetString(answer) is var said
            && said.Contains($"\"length\":{UploadLength},", StringComparison.Ordinal) && said.Contains(UploadHash, StringComparison.Ordinal)
                ? null
                : $"another upload arrived: {said}",
    });

    /// <summary>1 MiB from the server, of known content.</summary>
    public static Workload Downloads { get; } = new("downloads (1 MiB, verified)", targets => new()
    {
        Target = targets.Http,
        Path = $"/download?bytes={DownloadLength}",
        Complaint = content => content.AsSpan().SequenceEqual(Download) ? null : $"{content.Length} bytes, or others",
    });

    /// <summary>WebSockets that stay open.</summary>
    public static Workload WebSocketsHeld { get; } =
        new("WebSocket echo, held open", targets => Think(new() { Target = targets.Http, Mode = LoadMode.WebSocket, Path = "/ws" }, 16));

    /// <summary>WebSockets that are closed in order after some echoes.</summary>
    public static Workload WebSocketsReopened { get; } = new("WebSocket echo, 10 a socket", targets =>
        Think(new() { Target = targets.Http, Mode = LoadMode.WebSocket, Path = "/ws", RequestsPerConnection = 10 }, 16));

    /// <summary>Streams of events that stay open.</summary>
    public static Workload EventStreamsHeld { get; } = new("server-sent events, held open", targets =>
        new() { Target = targets.Http, Mode = LoadMode.EventStream, Path = "/stream?ms=20", Clients = 16 });

    /// <summary>Streams of events that the client leaves after some.</summary>
    public static Workload EventStreamsReopened { get; } = new("server-sent events, 10 a stream", targets =>
        new() { Target = targets.Http, Mode = LoadMode.EventStream, Path = "/stream?ms=20", Clients = 16, RequestsPerConnection = 10 });

    /// <summary>HTTP/2 as fast as it goes.</summary>
    public static Workload Http2 { get; } = new("HTTP/2, flat out", targets =>
        targets.Http2 is { } target ? new() { Target = target, Mode = LoadMode.Http2, Clients = 8 } : null);

    /// <summary>HTTP/2 with rests.</summary>
    public static Workload Http2Thinking { get; } = new("HTTP/2, 5 to 50 ms think time", targets =>
        targets.Http2 is { } target ? Think(new() { Target = target, Mode = LoadMode.Http2 }, 32) : null);

    /// <summary>HTTP/2 over TLS, chosen by ALPN as browsers do, with rests.</summary>
    public static Workload Http2OverTls { get; } = new("HTTP/2 over TLS, 5 to 50 ms think time", targets =>
        targets.Tls is { } target ? Think(new() { Target = target, Mode = LoadMode.Http2 }, 32) : null);

    /// <summary>TLS with a handshake for each request.</summary>
    public static Workload TlsConnectionPerRequest { get; } = new("TLS, close per request", targets =>
        targets.Tls is { } target ? new() { Target = target, Mode = LoadMode.ConnectionPerRequest } : null);

    /// <summary>TLS with rests.</summary>
    public static Workload TlsThinking { get; } = new("TLS, keep-alive, 5 to 50 ms think time", targets =>
        targets.Tls is { } target ? Think(new() { Target = target }, 32) : null);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        ConnectionPerRequest, KeepAlive, Thinking, Slow, Uploads, Downloads, WebSocketsHeld, WebSocketsReopened,
        EventStreamsHeld, EventStreamsReopened, Http2, Http2Thinking, Http2OverTls, TlsConnectionPerRequest, TlsThinking,
    ];

    private static LoadOptions Think(LoadOptions options, int clients) => options with
    {
        Clients = clients,
        ThinkTime = TimeSpan.FromMilliseconds(5),
        MaxThinkTime = TimeSpan.FromMilliseconds(50),
    };
}
