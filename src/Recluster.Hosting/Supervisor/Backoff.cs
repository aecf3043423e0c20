namespace Recluster.Supervisor;

/// <summary>
/// The respawn delay of a slot: doubled by each death up to MaxRespawnDelay (zero: no doubling), halved for each time
/// of its own length that the dead worker had been alive and ready. After a death it is at least <see cref="Least"/>, so that a RespawnDelay
/// of zero starts the first successor at once and no endless row of them. A little is added so that slots do not come back together. Sums only; no timer runs for it.
/// </summary>
internal static class Backoff
{
    internal static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);

    internal static SlotState AfterDeath(SlotState slot, WorkerState worker, SupervisorSettings settings, TimeSpan now)
    {
        var delay = slot.RespawnDelay;
        var alive = worker.ReadyAt is { } readyAt ? now - readyAt : TimeSpan.Zero;
        while (delay > settings.RespawnDelay && alive >= delay)
        {
            alive -= delay;
            delay = Max(delay / 2, settings.RespawnDelay);
        }

        var jittered = delay * (1 + (settings.RespawnJitter * Fraction(worker.Id)));
        var due = slot.LastSpawn is { } lastSpawn ? Max(now, lastSpawn + jittered) : now;
        var most = settings.MaxRespawnDelay > TimeSpan.Zero ? settings.MaxRespawnDelay : settings.RespawnDelay;
        return slot with { RespawnDelay = Max(Least, Min(delay * 2, most)), SpawnNotBefore = due };
    }

    // Chance enough to keep slots apart, and the same again for the same input (Knuth's multiplicative hash).
    private static double Fraction(long workerId) => (uint)(workerId * 2654435761L) / (double)uint.MaxValue;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
