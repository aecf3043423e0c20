using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Recluster.Draining;

/// <summary>
/// A request for server-sent events. Its goodbye cancels the app's <c>RequestAborted</c> while the connection is still there, so the
/// app's loop ends and the response is completed with its last chunk. A browser's EventSource then connects again by itself.
/// </summary>
#pragma warning disable CA1001 // The goodbye may come in the moment in which the request ends; the source has no timer and no wait handle.
internal sealed class EventStreamRequest : LongLivedRequest, IHttpRequestLifetimeFeature
#pragma warning restore CA1001
{
    private readonly IHttpRequestLifetimeFeature _inner;
    private readonly CancellationTokenSource _goodbye = new();
    private CancellationToken? _aborted;

    private EventStreamRequest(HttpContext context, IHttpRequestLifetimeFeature inner)
        : base(context) => _inner = inner;

    public CancellationToken RequestAborted
    {
        get => _aborted ??= CancellationTokenSource.CreateLinkedTokenSource(_inner.RequestAborted, _goodbye.Token).Token;
        set => _aborted = value;
    }

    public void Abort() => _inner.Abort();

    /// <summary>Null for a request that asks for something else.</summary>
    internal static EventStreamRequest? From(HttpContext context)
    {
        if (!context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase)
            || context.Features.Get<IHttpRequestLifetimeFeature>() is not { } lifetime)
        {
            return null;
        }

        var request = new EventStreamRequest(context, lifetime);
        context.Features.Set<IHttpRequestLifetimeFeature>(request);
        return request;
    }

    private protected override async Task SayGoodbyeAsync()
    {
        SaidGoodbye = true;
        await _goodbye.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // A callback of the app's may throw.
    }
}
