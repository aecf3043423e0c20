using System.Buffers.Binary;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace Recluster.LoadClient;

/// <summary>Sends messages of different length on a WebSocket and compares what comes back.</summary>
internal sealed class WebSocketLoadClient(LoadOptions options) : ILoadClient
{
    private const int LongestMessage = 4096;

    private readonly byte[] _message = new byte[LongestMessage];
    private readonly byte[] _answer = new byte[LongestMessage];
    private ClientWebSocket? _socket;
    private int _echoes;

    public async Task<Exchange> ExchangeAsync()
    {
        var exchange = await ConnectAsync() ?? await EchoAsync();
        if (exchange.Outcome != Outcome.Ok)
        {
            _socket?.Abort();
            Forget();
        }
        else if (_echoes >= options.RequestsPerConnection)
        {
            await DisposeAsync();
        }

        return exchange;
    }

    /// <summary>Says goodbye, as a client does that has what it came for.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_socket is { State: WebSocketState.Open } socket)
        {
            using var limit = new CancellationTokenSource(options.ResponseTimeout);
            try
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException)
            {
                socket.Abort(); // Nothing was asked for any more.
            }
        }

        Forget();
    }

    private void Forget()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private async Task<Exchange?> ConnectAsync()
    {
        if (_socket is not null)
        {
            return null;
        }

        _echoes = 0;
        _socket = new ClientWebSocket();
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
#pragma warning disable CA5359 // A server of our own.
        _socket.Options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        using var limit = new CancellationTokenSource(options.ConnectTimeout);
        try
        {
            await _socket.ConnectAsync(new Uri($"{(options.Target.Tls ? "wss" : "ws")}://{options.Target.Host}{options.Path}"), limit.Token);
            return null;
        }
        catch (OperationCanceledException e)
        {
            return new(Outcome.ConnectTimeout, null, e.Message);
        }
        catch (WebSocketException e) when (SocketErrorIn(e) == SocketError.ConnectionRefused)
        {
            return new(Outcome.Refused, null, e.Message);
        }
        catch (WebSocketException e)
        {
            // The handshake was answered with something else, or with nothing.
            var outcome = e.WebSocketErrorCode == WebSocketError.NotAWebSocket ? Outcome.WrongStatus : Outcome.ResetBeforeFirstByteFresh;
            return new(outcome, null, $"WebSocket handshake: {e.Message} {e.InnerException?.Message}");
        }
    }

    private async Task<Exchange> EchoAsync()
    {
        var message = _message.AsMemory(0, Random.Shared.Next(sizeof(int), LongestMessage));
        Random.Shared.NextBytes(message.Span);
        BinaryPrimitives.WriteInt32LittleEndian(message.Span, _echoes);
        using var limit = new CancellationTokenSource(options.ResponseTimeout);
        var filled = 0;
        try
        {
            await _socket!.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(_answer.AsMemory(filled), limit.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return new(Outcome.ClosedInOrder, null, $"close frame {(int?)_socket.CloseStatus} after {_echoes} echoes");
                }

                filled += part.Count;
            }
            while (!part.EndOfMessage && filled < _answer.Length);

            _echoes++;
            return _answer.AsSpan(0, filled).SequenceEqual(message.Span)
                ? new(Outcome.Ok)
                : new(Outcome.WrongContent, null, $"{filled} bytes came back for {message.Length}, or others");
        }
        catch (OperationCanceledException e)
        {
            return new(Outcome.Timeout, null, e.Message);
        }
        catch (WebSocketException e)
        {
            var outcome = filled > 0 ? Outcome.Truncated
                : _echoes > 0 ? Outcome.ResetBeforeFirstByteReused
                : Outcome.ResetBeforeFirstByteFresh;
            return new(outcome, null, $"WebSocket after {_echoes} echoes: {e.Message} {e.InnerException?.Message}");
        }
    }

    private static SocketError? SocketErrorIn(Exception? e) => e switch
    {
        null => null,
        SocketException socket => socket.SocketErrorCode,
        _ => SocketErrorIn(e.InnerException),
    };
}
