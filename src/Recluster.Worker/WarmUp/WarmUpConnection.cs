using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Recluster.WarmUp;

/// <summary>
/// One end of a socket pair, served by the transport's own connection so that its code is warmed too; nobody else can reach it. It is not
/// counted among the worker's connections: nobody outside waits for it.
/// </summary>
internal sealed class WarmUpConnection : ConnectionContext
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConnectionContext _inner;

    internal WarmUpConnection(ConnectionContext inner, Socket client, EndPoint endPoint)
    {
        _inner = inner;
        Client = new NetworkStream(client, ownsSocket: true);
        Transport = inner.Transport;
        (LocalEndPoint, RemoteEndPoint) = (inner.LocalEndPoint, inner.RemoteEndPoint) = EndPointsAt(endPoint);
        Features.Set<IReclusterWarmUpFeature>(WarmUpFeature.Instance);
    }

    public override string ConnectionId { get => _inner.ConnectionId; set => _inner.ConnectionId = value; }

    public override IFeatureCollection Features => _inner.Features;

    public override IDictionary<object, object?> Items { get => _inner.Items; set => _inner.Items = value; }

    public override IDuplexPipe Transport { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override CancellationToken ConnectionClosed { get => _inner.ConnectionClosed; set => _inner.ConnectionClosed = value; }

    /// <summary>The other end.</summary>
    internal NetworkStream Client { get; }

    /// <summary>Completes when Kestrel is done with it: no code of the app runs for it any more.</summary>
    internal Task Closed => _closed.Task;

    public override void Abort(ConnectionAbortedException abortReason) => _inner.Abort(abortReason);

    public override void Abort() => _inner.Abort();

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        await base.DisposeAsync();
        _closed.TrySetResult();
    }

    private static (EndPoint? Local, EndPoint? Remote) EndPointsAt(EndPoint endPoint)
    {
        if (endPoint is not IPEndPoint ip)
        {
            return (endPoint, null);
        }

        var loopback = ip.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        return (new IPEndPoint(loopback, ip.Port), new IPEndPoint(loopback, 0));
    }
}
