using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Recluster.Draining;

namespace Recluster.Sockets;

/// <summary>
/// A connection of Kestrel's socket transport, counted from accept to dispose. The transport's own ConnectionClosed token
/// would not do: it fires when the client has sent its FIN, while the response may still be on its way.
/// </summary>
internal sealed class TrackedConnection : ConnectionContext
{
    // Longer than a round trip, in which the client reads the GOAWAY, or the response that is the last on its connection.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(500);

    // When the time to drain is over it has to end before it is cut off: a reset could destroy the last response.
    private static readonly TimeSpan LastLinger = ConnectionCloser.Grace / 2;

    // Since its last request began, or it was accepted.
    private static readonly TimeSpan InUse = TimeSpan.FromSeconds(1);

    private readonly ConnectionContext _inner;
    private readonly ConnectionRegistry _registry;
    private readonly LingeringTransport _transport;
    private readonly EndpointTraffic _traffic;
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private RunningRequest? _all;
    private RunningRequest? _free;
    private volatile bool _speaksHttp2;
    private int _saidGoAway;
    private long _lastUse;
    private volatile bool _lingers;
    private volatile bool _isClosing;

    internal TrackedConnection(ConnectionContext inner, ConnectionRegistry registry, EndpointTraffic traffic)
    {
        _inner = inner;
        _registry = registry;
        _traffic = traffic;
        _lastUse = registry.Time.GetTimestamp();
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

    /// <summary>The slot by whose socket it came; -1 if it came another way (a socket that all share, a sibling).</summary>
    internal int Slot { get; init; } = -1;

    /// <summary>Whether the worker drains that has this connection.</summary>
    internal bool IsDraining => _registry.IsDraining;

    /// <summary>Completes when the connection is over.</summary>
    internal Task Disposed => _disposed.Task;

    /// <summary>The requests that run on it at this moment.</summary>
    internal IReadOnlyList<RequestHandle> Running
    {
        get
        {
            var running = new List<RequestHandle>();
            for (var request = Volatile.Read(ref _all); request is not null; request = request.NextOfAll)
            {
                if (request.Current is { } current)
                {
                    running.Add(current);
                }
            }

            return running;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            if (_lingers)
            {
                await Task.Delay(_isClosing ? LastLinger : Linger, _registry.Time, ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await _inner.DisposeAsync();
        }
        finally
        {
            await base.DisposeAsync();
            if (_disposed.TrySetResult())
            {
                _registry.Remove(this);
            }
        }
    }

    internal RunningRequest BeginRequest(HttpContext context)
    {
        RunningRequest request;
        lock (_gate)
        {
            if (_free is { } free)
            {
                (request, _free) = (free, free.NextFree);
            }
            else
            {
                request = new RunningRequest(_all);
                Volatile.Write(ref _all, request);
            }
        }

        request.Begin(context);
        return request;
    }

    internal void EndRequest(RunningRequest request)
    {
        request.End();
        lock (_gate)
        {
            (request.NextFree, _free) = (_free, request);
        }
    }

    /// <summary>
    /// Holds the end of this connection back for a moment, or until the client has ended it: closing a socket in which something is
    /// unread makes the kernel send a reset, which can destroy what is still on its way to the client (RFC 9112, 9.6).
    /// </summary>
    internal void HoldEnd()
    {
        _lingers = true;
        _transport.HoldEnd();
    }

    /// <summary>Ends the connection: in the protocols of what it carries, then in order, and if it is still there by cutting it off.</summary>
    /// <returns>Whether it came to its end by itself.</returns>
    internal async Task<bool> CloseAsync(TimeProvider time)
    {
        _isClosing = true;
        var ended = await Task.WhenAll(Running.Select(request => request.CloseAsync(time)));
        Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        if (await ConnectionCloser.IsOverAsync(Disposed, ConnectionCloser.Grace, time))
        {
            return ended.All(byItself => byItself);
        }

        Abort(new ConnectionAbortedException("The worker's time to drain is over."));
        return false;
    }

    /// <summary>
    /// Notes a request in HTTP/2, whose connections are ended by GOAWAY and not by a header. Said while a request runs, Kestrel's GOAWAY
    /// refuses nothing yet: it serves what comes until this request is done.
    /// </summary>
    internal void MarkHttp2()
    {
        Volatile.Write(ref _lastUse, _registry.Time.GetTimestamp());
        if (!_speaksHttp2)
        {
            _speaksHttp2 = true;
            _traffic.IsClearTextHttp2 |= !IsTls;
        }

        Interlocked.MemoryBarrier(); // Either this sees the drain begin, or the drain sees the mark.
        if (_registry.IsDraining)
        {
            RequestClose();
        }
    }

    /// <summary>Says GOAWAY on an HTTP/2 connection. HTTP/1.1 is left alone: closing an idle connection races with its next request.</summary>
    internal void BeginDrain() => _ = SayGoAwayAsync();

    /// <summary>
    /// An idle HTTP/2 connection is told at once. One that was in use a moment ago, or is new, most likely has its next request on the way,
    /// and that is the better moment (<see cref="MarkHttp2"/>); if none comes it is told then.
    /// </summary>
    private async Task SayGoAwayAsync()
    {
        var unused = _registry.Time.GetElapsedTime(Volatile.Read(ref _lastUse));
        if (unused < InUse)
        {
            await Task.Delay(InUse - unused, _registry.Time, ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // Before its SETTINGS Kestrel must not say GOAWAY (RFC 9113, 3.4), so a silent connection is left to its first request.
        if (_speaksHttp2 || (IsTls ? HasNegotiatedHttp2() : _traffic.IsClearTextHttp2 && _transport.HasOutput))
        {
            RequestClose();
        }
    }

    /// <summary>The client is to send its next request on another connection. Called while it waits for the response to this one.</summary>
    internal void EndAfter(HttpResponse response)
    {
        if (_speaksHttp2)
        {
            RequestClose();
        }
        else
        {
            response.Headers.Connection = "close";
        }
    }

    private bool IsTls => Features.Get<ITlsHandshakeFeature>() is not null || Features.Get<ITlsApplicationProtocolFeature>() is not null;

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
        if (Interlocked.Exchange(ref _saidGoAway, 1) != 0)
        {
            return;
        }

        HoldEnd();
        Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }
}
