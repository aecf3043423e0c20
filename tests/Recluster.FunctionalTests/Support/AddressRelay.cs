using System.Net;
using System.Net.Sockets;

namespace Recluster.FunctionalTests.Support;

/// <summary>Gives clients that cannot choose their own address one: it passes bytes on, from an address of the loopback network.</summary>
internal sealed class AddressRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly IPAddress _from;
    private readonly int _to;
    private readonly Task _accepting;

    internal AddressRelay(IPAddress from, int to)
    {
        _from = from;
        _to = to;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            _ = RelayAsync(await _listener.AcceptSocketAsync(_end.Token), _end.Token);
        }
    }

    private async Task RelayAsync(Socket client, CancellationToken end)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            try
            {
                client.NoDelay = true;
                server.Bind(new IPEndPoint(_from, 0));
                await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _to), end);
                await Task.WhenAll(CopyAsync(client, server, end), CopyAsync(server, client, end));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Either side is gone, and so the other goes as well.
            }
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationToken end)
    {
        var piece = new byte[16384];
        int read;
        while ((read = await from.ReceiveAsync(piece, end)) > 0)
        {
            await to.SendAsync(piece.AsMemory(0, read), end);
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
