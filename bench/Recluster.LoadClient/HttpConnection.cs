using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Recluster.LoadClient;

/// <summary>
/// One connection that carries one request after the other. It never looks whether the server has closed it before it writes the
/// next, as the simplest of clients do not; that makes it the harshest judge of a server that goes.
/// </summary>
public sealed class HttpConnection : IAsyncDisposable
{
    private readonly LoadTarget _target;
    private readonly Stream _stream;
    private readonly ResponseReader _reader;
    private readonly CancellationTokenSource _limit = new();

    private HttpConnection(LoadTarget target, Stream stream)
    {
        _target = target;
        _stream = stream;
        _reader = new ResponseReader(stream);
    }

    /// <summary>Whether the last response allows another request.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>How many complete responses it has brought.</summary>
    public int Responses { get; private set; }

    /// <exception cref="RequestFailedException">It was not established.</exception>
    public static async Task<HttpConnection> OpenAsync(LoadTarget target, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var limit = new CancellationTokenSource(timeout);
        var socket = Create(target.EndPoint);
        try
        {
            await socket.ConnectAsync(target.EndPoint, limit.Token);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            return new HttpConnection(target, target.Tls ? await SecureAsync(stream, limit.Token) : stream);
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw new RequestFailedException(OutcomeOfConnecting(e), $"connecting to {target.EndPoint}: {e.Message}", e);
        }
    }

    /// <exception cref="RequestFailedException">There was no complete response.</exception>
    public Task<HttpResponse> SendAsync(
        string path, TimeSpan timeout, string method = "GET", ReadOnlyMemory<byte> body = default, bool close = false) =>
        SendAsync($"{method} {path}", Format(_target, path, method, body.Span, close), timeout);

    /// <summary>A request as it goes over the wire, to be sent many times.</summary>
    internal static byte[] Format(LoadTarget target, string path, string method, ReadOnlySpan<byte> body, bool close)
    {
        var head = new StringBuilder()
            .Append(method).Append(' ').Append(path).Append(" HTTP/1.1\r\nHost: ").Append(target.Host).Append("\r\n");
        if (close)
        {
            head.Append("Connection: close\r\n");
        }

        if (method != "GET")
        {
            head.Append("Content-Length: ").Append(body.Length).Append("\r\n");
        }

        head.Append("\r\n");
        return [.. Encoding.ASCII.GetBytes(head.ToString()), .. body];
    }

    /// <param name="name">The request in words, for failures.</param>
    /// <param name="request">What <see cref="Format"/> made.</param>
    /// <param name="timeout">For sending it and reading the response.</param>
    /// <exception cref="RequestFailedException">There was no complete response.</exception>
    internal async Task<HttpResponse> SendAsync(string name, ReadOnlyMemory<byte> request, TimeSpan timeout)
    {
        var sent = false;
        try
        {
            _limit.CancelAfter(timeout);
            await _stream.WriteAsync(request, _limit.Token);
            sent = true;
            var response = await _reader.ReadAsync(_limit.Token);
            Responses++;
            IsAlive = response.KeepsAlive && _limit.TryReset();
            return response;
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Fail(e, sent, name);
        }
    }

    /// <summary>Asks for a stream, whose chunks are read one by one.</summary>
    /// <returns>The status.</returns>
    /// <exception cref="RequestFailedException">There was no response.</exception>
    internal async Task<int> BeginStreamAsync(string path, TimeSpan timeout)
    {
        var sent = false;
        try
        {
            _limit.CancelAfter(timeout);
            await _stream.WriteAsync(Format(_target, path, "GET", [], close: false), _limit.Token);
            sent = true;
            return (await _reader.ReadHeadAsync(_limit.Token)).Status;
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Fail(e, sent, $"GET {path}");
        }
    }

    /// <summary>The next chunk of a stream; empty at its end.</summary>
    /// <exception cref="RequestFailedException">It did not come.</exception>
    internal async Task<byte[]> ReadChunkAsync(TimeSpan timeout)
    {
        try
        {
            _limit.CancelAfter(timeout);
            return await _reader.ReadChunkAsync(_limit.Token);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Fail(e, sent: true, "next chunk");
        }
    }

    /// <summary>Opens a connection for one request.</summary>
    /// <exception cref="RequestFailedException">There was no complete response.</exception>
    public static async Task<HttpResponse> SendOnceAsync(
        LoadTarget target, string path, TimeSpan timeout, string method = "GET", ReadOnlyMemory<byte> body = default)
    {
        await using var connection = await OpenAsync(target, timeout);
        return await connection.SendAsync(path, timeout, method, body, close: true);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _limit.Dispose();
    }

    private static Socket Create(EndPoint endpoint) => endpoint is UnixDomainSocketEndPoint
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static async Task<SslStream> SecureAsync(Stream stream, CancellationToken cancellationToken)
    {
        // The load is for servers of our own on the loopback interface, with certificates made for the occasion.
#pragma warning disable CA5359
        var secure = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await secure.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ApplicationProtocols = [SslApplicationProtocol.Http11],
            },
            cancellationToken);
        return secure;
    }

    private static Outcome OutcomeOfConnecting(Exception e) => e switch
    {
        OperationCanceledException or SocketException { SocketErrorCode: SocketError.TimedOut } => Outcome.ConnectTimeout,
        // The latter is a Unix domain socket whose file is not there.
        SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable } => Outcome.Refused,
        _ => Outcome.ResetBeforeFirstByteFresh,
    };

    private static bool IsFailure(Exception e) => e is IOException or SocketException or OperationCanceledException or InvalidDataException;

    private RequestFailedException Fail(Exception e, bool sent, string what)
    {
        IsAlive = false;
        return new(OutcomeOfAsking(e, sent && _reader.HasBegun), $"{what}, request {Responses + 1} of its connection: {e.Message}", e);
    }

    private Outcome OutcomeOfAsking(Exception e, bool begun) => e switch
    {
        OperationCanceledException => Outcome.Timeout,
        InvalidDataException => Outcome.WrongStatus,
        _ when begun => Outcome.Truncated,
        _ when Responses > 0 => Outcome.ResetBeforeFirstByteReused,
        _ => Outcome.ResetBeforeFirstByteFresh,
    };
}
