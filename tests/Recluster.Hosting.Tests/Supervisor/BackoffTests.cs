using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class BackoffTests
{
    /// <summary>Seconds throughout: the slot's delay, how long the dead one had been ready (-1: never), the delay after.</summary>
    [Theory]
    [InlineData(1, -1, 2)]
    [InlineData(2, -1, 4)]
    [InlineData(16, -1, 30)]
    [InlineData(30, -1, 30)]
    [InlineData(8, 7.9, 16)] // Not alive for the whole of its delay: nothing forgiven.
    [InlineData(8, 8, 8)] // Halved once (4), doubled once.
    [InlineData(8, 12, 4)] // 8 to 4 to 2, doubled.
    [InlineData(8, 14, 2)] // 8 to 4 to 2 to 1, doubled.
    [InlineData(8, 100000, 2)] // Never below RespawnDelay.
    public void A_death_doubles_the_delay_and_each_span_of_it_that_the_worker_was_ready_halves_it(
        double delay, double ready, double expected)
    {
        var now = TimeSpan.FromSeconds(200_000);
        var worker = Worker(ready < 0 ? null : now - TimeSpan.FromSeconds(ready));
        var slot = new SlotState { RespawnDelay = TimeSpan.FromSeconds(delay), LastSpawn = now };

        var after = Backoff.AfterDeath(slot, worker, ClusterDriver.Settings(1), now);

        Assert.Equal(TimeSpan.FromSeconds(expected), after.RespawnDelay);
    }

    [Theory]
    [InlineData(100, 1, 100)] // Long ago: at once.
    [InlineData(0.5, 1, 100.5)]
    [InlineData(0, 4, 104)]
    public void The_next_start_is_one_delay_after_the_last_and_not_before_now(double lastSpawnAgo, double delay, double expected)
    {
        var now = TimeSpan.FromSeconds(100);
        var slot = new SlotState { RespawnDelay = TimeSpan.FromSeconds(delay), LastSpawn = now - TimeSpan.FromSeconds(lastSpawnAgo) };

        var after = Backoff.AfterDeath(slot, Worker(null), ClusterDriver.Settings(1), now);

        Assert.Equal(TimeSpan.FromSeconds(expected), after.SpawnNotBefore);
    }

    [Theory]
    [InlineData(0, new[] { 0, 0.1, 0.1, 0.1 })]
    [InlineData(1, new[] { 0, 0.1, 0.2, 0.4, 0.8, 1, 1 })]
    public void With_a_RespawnDelay_of_zero_the_first_successor_starts_at_once_and_the_next_ones_wait(int maxSeconds, double[] expected)
    {
        var settings = ClusterDriver.Settings(1) with { RespawnDelay = TimeSpan.Zero, MaxRespawnDelay = TimeSpan.FromSeconds(maxSeconds) };
        var slot = new SlotState { RespawnDelay = TimeSpan.Zero, LastSpawn = TimeSpan.Zero };
        var delays = new List<double>();
        foreach (var _ in expected)
        {
            slot = Backoff.AfterDeath(slot, Worker(null), settings, TimeSpan.Zero);
            delays.Add(slot.SpawnNotBefore.TotalSeconds);
        }

        Assert.Equal(expected, delays);
        var quiet = Backoff.AfterDeath(slot, Worker(TimeSpan.Zero), settings, TimeSpan.FromDays(1));
        Assert.Equal((Backoff.Least, TimeSpan.FromDays(1)), (quiet.RespawnDelay, quiet.SpawnNotBefore));
    }

    [Fact]
    public void Without_doubling_the_delay_stays_what_it_is()
    {
        var settings = ClusterDriver.Settings(1) with { MaxRespawnDelay = TimeSpan.Zero };

        var after = Backoff.AfterDeath(
            new SlotState { RespawnDelay = settings.RespawnDelay, LastSpawn = TimeSpan.Zero }, Worker(null), settings, TimeSpan.Zero);

        Assert.Equal((settings.RespawnDelay, settings.RespawnDelay), (after.RespawnDelay, after.SpawnNotBefore));
    }

    private static WorkerState Worker(TimeSpan? readyAt) =>
        new() { Id = 1, Slot = 0, Generation = 1, StartedAt = TimeSpan.Zero, ReadyAt = readyAt };
}
