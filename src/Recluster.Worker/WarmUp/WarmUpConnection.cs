using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Recluster.WarmUp;

/// <summary>
/// A connection of the warm-up's, as Kestrel sees it: with the mark, and with the addresses that a client's would have.
/// </summary>
internal sealed class WarmUpConnection : ConnectionContext
{
    private readonly ConnectionContext _inner;

    internal WarmUpConnection(ConnectionContext inner, EndPoint endPoint)
    {
        _inner = inner;
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

    public override void Abort(ConnectionAbortedException abortReason) => _inner.Abort(abortReason);

    public override void Abort() => _inner.Abort();

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        await base.DisposeAsync();
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
