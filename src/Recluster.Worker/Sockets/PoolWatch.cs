namespace Recluster.Sockets;

/// <summary>
/// Whether the thread pool still runs what it is given. A thread of its own could go on accepting for a process whose pool is starved or
/// blocked, where nobody serves; left in the kernel's queue, the connections are a sibling's as soon as it takes the slot over.
/// </summary>
/// <remarks>Asked and looked at by one thread.</remarks>
/// <param name="time">The clock.</param>
/// <param name="queue">Has an item executed some time; null: the thread pool does.</param>
internal sealed class PoolWatch(TimeProvider time, Action<IThreadPoolWorkItem>? queue = null) : IThreadPoolWorkItem
{
    /// <summary>How long to wait for a silent pool before looking again.</summary>
    internal static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(10);

    // Asking has its price, if a small one.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(100);

    // Longer than a pool takes that is merely busy.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private long? _asked;
    private volatile bool _answered = true;

    /// <summary>It was asked, and has not answered within 250 ms.</summary>
    internal bool IsSilent => !_answered && SinceAsked >= Patience;

    private TimeSpan SinceAsked => _asked is { } asked ? time.GetElapsedTime(asked) : TimeSpan.MaxValue;

    /// <summary>Asks the pool for a sign of life, unless it was asked a moment ago.</summary>
    internal void Ask()
    {
        if (_answered && SinceAsked >= AskAgainAfter)
        {
            _answered = false;
            _asked = time.GetTimestamp();
            (queue ?? Queue)(this);
        }
    }

    void IThreadPoolWorkItem.Execute() => _answered = true;

    private static void Queue(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
}
