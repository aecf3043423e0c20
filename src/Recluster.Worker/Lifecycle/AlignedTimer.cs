namespace Recluster.Lifecycle;

/// <summary>
/// Ticks at the multiples of an interval on the machine's clock (CLOCK_MONOTONIC), which is the same for all processes: workers beat
/// together, so that a master at rest wakes up once for all of them.
/// </summary>
internal sealed class AlignedTimer : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;
    private long _next;

    /// <summary>It ticks from <see cref="Start"/> on; a tick that takes long delays the next one, so that there are never two at once.</summary>
    internal AlignedTimer(TimeProvider time, TimeSpan interval, Action tick)
    {
        _time = time;
        _interval = interval;
        _timer = time.CreateTimer(
            _ =>
            {
                tick();
                Start();
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    internal void Start()
    {
        var now = (long)((Int128)_time.GetTimestamp() * TimeSpan.TicksPerSecond / _time.TimestampFrequency);
        _next = Math.Max(_next, now / _interval.Ticks) + 1; // Later than the one before, also if that came a moment too early.

        // Timers count whole milliseconds and drop what is beyond, which would be too early.
        var rest = TimeSpan.FromTicks((_next * _interval.Ticks) - now);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
