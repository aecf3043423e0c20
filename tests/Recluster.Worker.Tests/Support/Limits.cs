namespace Recluster.Tests.Support;

/// <summary>How long a test waits for an event that comes at once unless something is broken.</summary>
internal static class Limits
{
    internal static readonly TimeSpan Generous = TimeSpan.FromSeconds(20);

    internal static Task InTime(this Task task) => task.WaitAsync(Generous);

    internal static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(Generous);

    internal static Task<T> InTime<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Generous);

    internal static Task InTime(this ValueTask task) => task.AsTask().WaitAsync(Generous);
}
