using Microsoft.Extensions.Time.Testing;
using Recluster.Lifecycle;

namespace Recluster.Worker.Tests.Lifecycle;

public sealed class AlignedTimerTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddSeconds(1000));
    private readonly List<double> _ticks = [];
    private readonly AlignedTimer _timer;

    public AlignedTimerTests() => _timer = new AlignedTimer(_time, Interval, () => _ticks.Add(Now));

    public void Dispose() => _timer.Dispose();

    private double Now => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    [Theory]
    [InlineData(0.001)]
    [InlineData(2.5)]
    [InlineData(4.999)]
    public void Whenever_it_starts_it_ticks_at_the_multiples(double seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        _timer.Start();

        while (Now < 1016)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal([1005, 1010, 1015], _ticks.Select(tick => Math.Round(tick, 3)));
    }

    [Fact]
    public void A_fraction_of_a_millisecond_does_not_make_it_tick_twice()
    {
        _time.Advance(TimeSpan.FromMilliseconds(0.3));
        _timer.Start();

        for (var i = 0; i < 60_000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(0.25));
        }

        Assert.Equal(3, _ticks.Count);
        Assert.All(_ticks, tick => Assert.InRange(tick % 5, 0, 0.002));
    }

    [Fact]
    public void After_its_end_it_does_not_tick()
    {
        _timer.Start();
        _timer.Dispose();

        _time.Advance(Interval * 2);

        Assert.Empty(_ticks);
    }
}
