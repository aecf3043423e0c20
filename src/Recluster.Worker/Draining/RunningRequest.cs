using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Recluster.Sockets;

namespace Recluster.Draining;

/// <summary>
/// A request that runs, which can be given an end in its own protocol. Every request has one, because which of them has no end of its own is known
/// only when the time to drain is over. One object serves the requests of an HTTP/1.1 connection, or those of HTTP/2 streams that
/// come one after the other, so that an ordinary request allocates none.
/// </summary>
#pragma warning disable CA1001 // The source has no timer and no wait handle.
internal sealed class RunningRequest : IHttpRequestLifetimeFeature
#pragma warning restore CA1001
{
    private readonly Lock _gate = new();
    private HttpContext _context = null!;
    private IHttpRequestLifetimeFeature? _inner;
    private WebSocketRequest? _webSocket;
    private CancellationTokenSource? _source;
    private CancellationTokenRegistration _abort;
    private CancellationToken? _replaced;
    private TaskCompletionSource? _ended;
    private long _number;
    private bool _isRunning;

    internal RunningRequest(RunningRequest? nextOfAll) => NextOfAll = nextOfAll;

    /// <summary>The connection's list of all its objects.</summary>
    internal RunningRequest? NextOfAll { get; }

    /// <summary>The connection's list of those that no request uses.</summary>
    internal RunningRequest? NextFree { get; set; }

    /// <summary>The app has been told to come to an end.</summary>
    internal bool SaidGoodbye { get; private set; }

    /// <summary>Whether the response had begun when the app was told.</summary>
    internal bool HadStarted { get; private set; }

    /// <summary>The app's: cancelled also by the goodbye, while the connection is still there.</summary>
    public CancellationToken RequestAborted
    {
        get => _replaced ?? Token();
        set => _replaced = value;
    }

    public void Abort() => _inner?.Abort();

    internal void Begin(HttpContext context)
    {
        _inner = context.Features.Get<IHttpRequestLifetimeFeature>();
        _webSocket = WebSocketRequest.From(context);
        _replaced = null;
        (SaidGoodbye, HadStarted) = (false, false);
        context.Features.Set<IHttpRequestLifetimeFeature>(this);
        lock (_gate)
        {
            _context = context;
            _number++;
            _isRunning = true;
        }
    }

    internal void End()
    {
        _abort.Dispose();
        _abort = default;
        lock (_gate)
        {
            _isRunning = false;
            _ended?.TrySetResult();
            _ended = null;
            if (SaidGoodbye || _source?.TryReset() == false)
            {
                _source = null;
            }
        }
    }

    /// <summary>The request that runs now, for as long as it does; null where none does.</summary>
    internal RequestHandle? Current
    {
        get
        {
            lock (_gate)
            {
                return _isRunning ? new RequestHandle(this, _number) : null;
            }
        }
    }

    internal bool IsRunning(long number)
    {
        lock (_gate)
        {
            return _isRunning && _number == number;
        }
    }

    /// <summary>Whether it is a WebSocket or an event stream: what its request asks for, or its response is.</summary>
    internal bool IsLongLived(long number)
    {
        lock (_gate)
        {
            return _isRunning && _number == number && (_webSocket is not null || IsEventStream(_context));
        }
    }

    /// <summary>Says goodbye, and cuts it off if it is not over a moment later.</summary>
    /// <returns>Whether it came to its end by itself.</returns>
    internal async Task<bool> CloseAsync(long number, TimeProvider time)
    {
        Task ended;
        lock (_gate)
        {
            if (!_isRunning || _number != number)
            {
                return true;
            }

            (SaidGoodbye, HadStarted) = (true, SaidGoodbye ? HadStarted : _context.Response.HasStarted);
            ended = (_ended ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        _ = SayGoodbyeAsync(); // Not awaited: a client that does not read holds up whatever is to be written.
        if (await ConnectionCloser.IsOverAsync(ended, ConnectionCloser.Goodbye, time))
        {
            return true;
        }

        await CutOffAsync(time);
        return false;
    }

    private static bool IsEventStream(HttpContext context) =>
        IsEventStream(context.Request.Headers.Accept.ToString()) || IsEventStream(context.Response.ContentType);

    private static bool IsEventStream(string? mediaTypes) =>
        mediaTypes?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;

    private CancellationToken Token()
    {
        lock (_gate)
        {
            if (_source is null || !_isRunning)
            {
                _source = new CancellationTokenSource();
                if (SaidGoodbye)
                {
                    _source.Cancel();
                }
            }
        }

        if (_abort == default && _inner is not null)
        {
            _abort = _inner.RequestAborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        }

        return _source.Token;
    }

    private async Task SayGoodbyeAsync()
    {
        if (_webSocket is { IsAccepted: true } webSocket)
        {
            await webSocket.CloseAsync();
            return;
        }

        if (_source is { } source)
        {
            await source.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // A callback of the app's may throw.
        }

        if (GrpcCall.Is(_context.Request))
        {
            GrpcCall.EndReading(_context);
        }
    }

    /// <summary>A stream of HTTP/2 is told why it ends, since its connection lives on to say it; over HTTP/1.1 the end of the connection is all there is.</summary>
    private async Task CutOffAsync(TimeProvider time)
    {
        var reset = _context.Features.Get<IHttpResetFeature>();
        if (reset is not null && GrpcCall.Is(_context.Request) && await GrpcCall.TryCompleteAsync(_context, time))
        {
            reset.Reset(Http2NoError);
        }
        else if (reset is not null)
        {
            reset.Reset(Http2Cancel);
        }

        _inner?.Abort();
    }

    // RFC 9113, 7.
    private const int Http2NoError = 0;
    private const int Http2Cancel = 8;
}
