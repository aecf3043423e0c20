namespace Recluster.Master;

/// <summary>One call that waits for its answer. It is answered once, or given up by whoever made it.</summary>
internal sealed class PendingCall<T>(Action<T> answer)
{
    private Action<T>? _answer = answer;

    /// <summary>The number by which the supervisor knows it; 0 until it has one.</summary>
    internal long Number { get; set; }

    internal void Answer(T result) => Interlocked.Exchange(ref _answer, null)?.Invoke(result);

    /// <summary>Nobody waits any more, and nothing of the caller is kept.</summary>
    internal void GiveUp() => Interlocked.Exchange(ref _answer, null);
}
