using System.Runtime;

namespace Recluster.WarmUp;

/// <summary>
/// Pauses in which the just-in-time compiler does its work before there are clients to wait for it. The runtime begins to count calls when
/// for 100 ms no method has been called for the first time, and compiles in the background what was then called 30 times; what came precompiled
/// it compiles with instrumentation first, and counts again (tiered compilation, dynamic PGO). One long row of requests gets over none of these steps.
/// </summary>
/// <param name="requests">How many different requests are being sent.</param>
/// <param name="limit">The longest that all pauses may take together.</param>
/// <param name="time">The clock.</param>
/// <param name="haste">Ends the pause that there is, and has no other begin.</param>
internal sealed class CompilerPauses(int requests, TimeSpan limit, TimeProvider time, CancellationToken haste = default)
{
    /// <summary>How often a request is sent before a pause. More than the runtime counts to.</summary>
    internal const int Burst = 50;

    // First calls; counted; first calls of what was compiled; counted.
    private const int Steps = 4;

    // A timer of the app's may have something compiled at any time.
    private const int Few = 20;

    // Longer than two of the runtime's own periods: the first may have begun before the last call.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(220);

    private readonly long _began = time.GetTimestamp();
    private readonly int _step = requests * Burst;
    private Task _pause = Task.CompletedTask;
    private int _sent;
    private int _paused;

    /// <summary>How many pauses there were.</summary>
    internal int Paused => Volatile.Read(ref _paused);

    /// <summary>To be awaited after each request, before the next.</summary>
    internal Task AfterRequestAsync(CancellationToken cancellationToken)
    {
        var sent = Interlocked.Increment(ref _sent);
        if (sent % _step == 0 && sent / _step <= Steps && !haste.IsCancellationRequested)
        {
            Interlocked.Increment(ref _paused);
            Volatile.Write(ref _pause, PauseAsync(cancellationToken));
        }

        return Volatile.Read(ref _pause);
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, haste);
        long compiled;
        do
        {
            compiled = JitInfo.GetCompiledMethodCount();
            await Task.Delay(Quiet, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (!haste.IsCancellationRequested && JitInfo.GetCompiledMethodCount() - compiled > Few && time.GetElapsedTime(_began) < limit);
    }
}
