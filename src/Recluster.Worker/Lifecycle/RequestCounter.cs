using Microsoft.AspNetCore.Http;

namespace Recluster.Lifecycle;

/// <summary>Counts requests, where a limit needs the count.</summary>
internal sealed class RequestCounter
{
    private long _count;

    internal bool IsNeeded { get; set; }

    internal long Count => Volatile.Read(ref _count);

    /// <summary>Those of the warm-up are not served to anybody.</summary>
    internal void Increment(HttpContext context)
    {
        if (IsNeeded && context.Features.Get<IReclusterWarmUpFeature>() is null)
        {
            Interlocked.Increment(ref _count);
        }
    }
}
