using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

public class LatencyHistogramTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    [InlineData(1)]
    public void A_percentile_is_exact_to_three_percent(double share)
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 100_000; i++)
        {
            histogram.Record(TimeSpan.FromMicroseconds(i * 37));
        }

        var exact = share * 100_000 * 37;
        Assert.InRange(histogram.Percentile(share).TotalMicroseconds, exact, exact * 1.032);
    }

    [Fact]
    public void The_greatest_is_kept_as_it_is_in_a_sum_too()
    {
        var (one, other) = (new LatencyHistogram(), new LatencyHistogram());
        one.Record(TimeSpan.FromTicks(123_456_789));
        other.Record(TimeSpan.FromMicroseconds(3));

        other.Add(one);

        Assert.Equal((2, TimeSpan.FromTicks(123_456_789)), (other.Count, other.Max));
        Assert.Equal(TimeSpan.FromMicroseconds(3), other.Percentile(0.5));
        Assert.Equal(other.Max, other.Percentile(1));
    }

    [Fact]
    public void There_is_room_for_any_duration()
    {
        var histogram = new LatencyHistogram();
        foreach (var duration in (TimeSpan[])[TimeSpan.MinValue, TimeSpan.Zero, TimeSpan.FromMicroseconds(63), TimeSpan.FromMicroseconds(64), TimeSpan.MaxValue])
        {
            histogram.Record(duration);
        }

        Assert.Equal((5, TimeSpan.MaxValue), (histogram.Count, histogram.Max));
        Assert.Equal(TimeSpan.FromMicroseconds(63), histogram.Percentile(0.6));
    }
}
