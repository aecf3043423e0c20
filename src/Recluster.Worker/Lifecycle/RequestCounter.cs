namespace Recluster.Lifecycle;

/// <summary>Counts requests, where a limit needs the count.</summary>
internal sealed class RequestCounter
{
    private long _count;

    internal bool IsNeeded { get; set; }

    internal long Count => Volatile.Read(ref _count);

    internal void Increment()
    {
        if (IsNeeded)
        {
            Interlocked.Increment(ref _count);
        }
    }
}
