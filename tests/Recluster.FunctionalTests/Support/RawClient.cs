using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Recluster.FunctionalTests.Support;

/// <summary>A client that writes what a test tells it to, and says what has come.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket;
    private readonly List<byte> _received = [];

    private RawClient(Socket socket) => _socket = socket;

    internal byte[] Received => [.. _received];

    internal string Text => Encoding.ASCII.GetString(Received);

    internal static async Task<RawClient> ConnectAsync(EndPoint endpoint)
    {
        var unix = endpoint is UnixDomainSocketEndPoint;
        var socket = new Socket(
            unix ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint);
        return new RawClient(socket);
    }

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _socket.SendAsync(bytes);

    internal Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>Reads until what has come satisfies the condition. An end or a reset before that fails.</summary>
    internal async Task ReadUntilAsync(Func<RawClient, bool> isEnough)
    {
        while (!isEnough(this))
        {
            Assert.True(await ReadAsync(), $"The connection ended after: {Text}");
        }
    }

    /// <summary>Reads to the end. A reset fails.</summary>
    internal async Task ReadToEndAsync()
    {
        while (await ReadAsync())
        {
        }
    }

    internal int Count(string what) => Text.Split(what).Length - 1;

    public void Dispose() => _socket.Dispose();

    private async Task<bool> ReadAsync()
    {
        var piece = new byte[4096];
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var read = await _socket.ReceiveAsync(piece, limit.Token);
        _received.AddRange(piece.AsSpan(0, read));
        return read > 0;
    }
}
