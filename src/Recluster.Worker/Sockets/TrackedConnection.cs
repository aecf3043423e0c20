using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Recluster.Sockets;

/// <summary>
/// A connection of Kestrel's socket transport, counted from accept to dispose. The transport's own ConnectionClosed token
/// would not do: it fires when the client has sent its FIN, while the response may still be on its way.
/// </summary>
internal sealed class TrackedConnection : ConnectionContext
{
    // Longer than a round trip, in which the client reads the GOAWAY.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(500);

    private readonly ConnectionContext _inner;
    private readonly ConnectionRegistry _registry;
    private readonly LingeringTransport _transport;
    private bool _speaksHttp2;
    private volatile bool _saidGoAway;
    private int _disposed;

    internal TrackedConnection(ConnectionContext inner, ConnectionRegistry registry)
    {
        _inner = inner;
        _registry = registry;
        _transport = new LingeringTransport(inner.Transport);
        Transport = _transport;
    }

    public override string ConnectionId { get => _inner.ConnectionId; set => _inner.ConnectionId = value; }

    public override IFeatureCollection Features => _inner.Features;

    public override IDictionary<object, object?> Items { get => _inner.Items; set => _inner.Items = value; }

    public override IDuplexPipe Transport { get; set; }

    public override EndPoint? LocalEndPoint { get => _inner.LocalEndPoint; set => _inner.LocalEndPoint = value; }

    public override EndPoint? RemoteEndPoint { get => _inner.RemoteEndPoint; set => _inner.RemoteEndPoint = value; }

    public override CancellationToken ConnectionClosed { get => _inner.ConnectionClosed; set => _inner.ConnectionClosed = value; }

    public override void Abort(ConnectionAbortedException abortReason) => _inner.Abort(abortReason);

    public override void Abort() => _inner.Abort();

    public override async ValueTask DisposeAsync()
    {
        try
        {
            if (_saidGoAway)
            {
                await Task.Delay(Linger, _registry.Time);
            }

            await _inner.DisposeAsync();
        }
        finally
        {
            await base.DisposeAsync();
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                _registry.Remove(this);
            }
        }
    }

    /// <summary>Notes that requests on this connection are HTTP/2, whose connections are ended by GOAWAY and not by a header.</summary>
    internal void MarkHttp2()
    {
        if (_speaksHttp2)
        {
            return;
        }

        _speaksHttp2 = true;
        Interlocked.MemoryBarrier(); // Either this sees the drain begin, or the drain sees the mark.
        if (_registry.IsDraining)
        {
            RequestClose();
        }
    }

    /// <summary>Says GOAWAY on an HTTP/2 connection. HTTP/1.1 is left alone: closing an idle connection races with its next request.</summary>
    internal void BeginDrain()
    {
        if (_speaksHttp2 || HasNegotiatedHttp2())
        {
            RequestClose();
        }
    }

    /// <summary>An HTTP/2 connection over TLS that has carried no request yet.</summary>
    private bool HasNegotiatedHttp2()
    {
        try
        {
            return Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true;
        }
        catch (InvalidOperationException)
        {
            return false; // In the midst of the handshake, or after its failure: nothing is negotiated. A first request will tell.
        }
    }

    private void RequestClose()
    {
        _saidGoAway = true;
        _transport.HoldEnd();
        Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }
}
