using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Recluster.Draining;

/// <summary>A request that has no end of its own (a WebSocket, an event stream), and that can be ended in its own protocol.</summary>
internal abstract class LongLivedRequest(HttpContext context)
{
    // Taken here: the context belongs to the next request when this one is over.
    private readonly IHttpRequestLifetimeFeature? _lifetime = context.Features.Get<IHttpRequestLifetimeFeature>();

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal bool SaidGoodbye { get; private protected set; }

    /// <summary>Completes when the app is done with it.</summary>
    internal Task Ended => _ended.Task;

    internal void End() => _ended.TrySetResult();

    /// <summary>Says goodbye, and aborts it if it is not over a moment later.</summary>
    /// <returns>Whether it came to its end without being aborted.</returns>
    internal async Task<bool> CloseAsync(TimeProvider time)
    {
        _ = SayGoodbyeAsync(); // Not awaited: a client that does not read holds up whatever is to be written.
        if (await ConnectionCloser.IsOverAsync(Ended, ConnectionCloser.Goodbye, time))
        {
            return true;
        }

        _lifetime?.Abort();
        return false;
    }

    /// <summary>Tells the client, or the app, to come to an end. Does not throw.</summary>
    private protected abstract Task SayGoodbyeAsync();
}
