using Microsoft.AspNetCore.Http;
using Recluster.Lifecycle;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.SignalR;

/// <summary>
/// Which slots this worker goes on serving, as its master says. A slot passes to another worker in a reload or a replacement, and when this worker has
/// stood in for a sibling that died.
/// </summary>
internal sealed class Succession(
    ConnectionRegistry registry, WorkerSockets sockets, WorkerControl control, WorkerEnvironment environment, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    // Longer than the master waits for a worker to settle. A client that waits for its negotiation gives up after 100 s.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Longer than an order takes that follows the news.
    private static readonly TimeSpan Handing = TimeSpan.FromSeconds(1);

    /// <summary>It accepts nothing more.</summary>
    internal bool IsDraining => registry.IsDraining;

    /// <summary>The slots that it serves and whose successor is ready.</summary>
    internal IEnumerable<int> Near => control.Switching.Intersect(sockets.Accepting);

    /// <summary>The slot of the connection that a request came by.</summary>
    internal int SlotOf(HttpContext? context) =>
        context?.Features.Get<TrackedConnection>() is { Slot: >= 0 } connection ? connection.Slot : environment.Slot;

    /// <summary>The connections of this slot's clients come to another worker now, and this one has stopped.</summary>
    internal bool IsOver(int slot) => IsDraining || !sockets.Accepting.Contains(slot);

    /// <summary>Another worker serves this slot's clients now, or is ready to.</summary>
    internal bool IsLeaving(int slot) => IsOver(slot) || control.Switching.Contains(slot);

    /// <summary>It goes on serving this slot, as far as it knows.</summary>
    internal bool IsStaying(int slot) => !IsLeaving(slot) && !IsAnothers(slot);

    /// <summary>Waits until this worker is known to serve the slot no more, or to stay.</summary>
    /// <returns>Whether it serves it no more.</returns>
    internal async Task<bool> IsOverAsync(int slot, CancellationToken cancellationToken)
    {
        await WaitAsync(() => control.Switching.Contains(slot), Patience);
        await WaitAsync(() => IsAnothers(slot), Handing);
        return IsOver(slot);

        async Task WaitAsync(Func<bool> isUndecided, TimeSpan patience)
        {
            var began = time.GetTimestamp();
            while (!IsOver(slot) && isUndecided() && time.GetElapsedTime(began) < patience)
            {
                await Task.Delay(Interval, time, cancellationToken);
            }
        }
    }

    /// <summary>
    /// The news that another worker has the slot comes before the order to let it go. Not so where this worker stands in for one that is not heard of.
    /// </summary>
    private bool IsAnothers(int slot) =>
        slot < control.ActiveWorkers.Count && control.ActiveWorkers[slot] is { } active && active.ProcessId != Environment.ProcessId;
}
