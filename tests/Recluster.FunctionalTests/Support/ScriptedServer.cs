using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace Recluster.FunctionalTests.Support;

/// <summary>
/// A server that does what a test wants of it on each connection, right or wrong: without it nobody would know that the load client
/// counts what it should.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _connections = [];
    private readonly Func<Socket, Task> _script;
    private readonly Task _running;

    internal ScriptedServer(Func<Socket, Task> script)
    {
        _script = script;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _running = RunAsync();
    }

    internal EndPoint EndPoint => _listener.LocalEndPoint!;

    internal int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _running;
        _connections.ForEach(connection => connection.Dispose());
    }

    /// <summary>Reads one request, which has no body.</summary>
    internal static async Task<string> ReadRequestAsync(Socket connection)
    {
        var buffer = new byte[4096];
        var text = "";
        while (!text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await connection.ReceiveAsync(buffer);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            text += Encoding.ASCII.GetString(buffer, 0, read);
        }

        return text;
    }

    /// <summary>Answers the handshake of a WebSocket (RFC 6455, 4.2.2).</summary>
    internal static async Task<WebSocket> AcceptWebSocketAsync(Socket connection)
    {
        var request = await ReadRequestAsync(connection);
        var key = request.Split("\r\n").First(line => line.StartsWith("Sec-WebSocket-Key: ", StringComparison.OrdinalIgnoreCase)).Split(": ")[1];
#pragma warning disable CA5350 // So the protocol wants it.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        await AnswerAsync(
            connection, $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
        return WebSocket.CreateFromStream(new NetworkStream(connection), new WebSocketCreationOptions { IsServer = true });
    }

    internal static async Task AnswerAsync(Socket connection, params string[] pieces)
    {
        foreach (var piece in pieces)
        {
            await connection.SendAsync(Encoding.ASCII.GetBytes(piece));
        }
    }

    /// <summary>Ends a connection by a reset instead of an end-of-file.</summary>
    internal static void Reset(Socket connection)
    {
        connection.LingerState = new LingerOption(true, 0);
        connection.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptAsync();
                connection.NoDelay = true;
                _connections.Add(connection);
                Connections++;
                _ = ServeAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            await _script(connection);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or WebSocketException)
        {
            // The client has gone.
        }
    }
}
