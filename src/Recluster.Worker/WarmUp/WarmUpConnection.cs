using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Recluster.WarmUp;

/// <summary>
/// A connection in memory: the server's end as a transport would hand it to Kestrel, and the client's as a stream. It is not counted among
/// the worker's connections: nobody outside waits for it.
/// </summary>
internal sealed class WarmUpConnection : DefaultConnectionContext
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Not the base's own, whose Abort cancels it on another thread and throws there if Kestrel has disposed of the connection meanwhile.
    private readonly CancellationTokenSource _gone = new();
    private readonly IDuplexPipe _server;
    private readonly IDuplexPipe _client;

    internal WarmUpConnection(string id, EndPoint endPoint)
        : base(id)
    {
        (_server, _client) = DuplexPipe.Pair();
        Transport = _server;
        ConnectionClosed = _gone.Token;
        (LocalEndPoint, RemoteEndPoint) = EndPointsAt(endPoint);
        Features.Set<IReclusterWarmUpFeature>(WarmUpFeature.Instance);
        Client = new WarmUpStream(_client, this);
    }

    internal WarmUpStream Client { get; }

    /// <summary>Completes when Kestrel is done with it: no code of the app runs for it any more.</summary>
    internal Task Closed => _closed.Task;

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _client.Input.CancelPendingRead(); // The client would wait for the rest.
        FireClosed();
    }

    public override async ValueTask DisposeAsync()
    {
        await _server.Input.CompleteAsync();
        await _server.Output.CompleteAsync();
        await base.DisposeAsync();
        _closed.TrySetResult();
    }

    /// <summary>As a socket's transport does when the client has gone; the app's request is told by <c>RequestAborted</c>.</summary>
    internal void FireClosed() => _ = _gone.CancelAsync();

    private static (EndPoint? Local, EndPoint? Remote) EndPointsAt(EndPoint endPoint)
    {
        if (endPoint is not IPEndPoint ip)
        {
            return (endPoint, null);
        }

        var loopback = ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        return (new IPEndPoint(loopback, ip.Port), new IPEndPoint(loopback, 0));
    }
}
