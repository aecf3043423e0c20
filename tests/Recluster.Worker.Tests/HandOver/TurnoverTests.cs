using Microsoft.Extensions.Time.Testing;
using Recluster.HandOver;

namespace Recluster.Worker.Tests.HandOver;

public class TurnoverTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void It_is_high_while_as_many_end_in_a_second_as_are_open()
    {
        var turnover = new Turnover(_time);
        End(turnover, 99);
        Assert.False(turnover.IsHigh(open: 100));

        End(turnover, 1);

        Assert.True(turnover.IsHigh(open: 100));
        Assert.False(turnover.IsHigh(open: 101));
    }

    [Fact]
    public void It_is_remembered_for_a_second_after_the_second_in_which_it_was()
    {
        var turnover = new Turnover(_time);
        End(turnover, 100);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(turnover.IsHigh(open: 100));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(turnover.IsHigh(open: 100));
    }

    [Fact]
    public void What_ended_long_ago_does_not_count()
    {
        var turnover = new Turnover(_time);
        End(turnover, 100);

        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.False(turnover.IsHigh(open: 100));
    }

    [Fact]
    public void A_few_are_never_many()
    {
        var turnover = new Turnover(_time);
        End(turnover, 31);

        Assert.False(turnover.IsHigh(open: 0));
    }

    private static void End(Turnover turnover, int connections)
    {
        for (var i = 0; i < connections; i++)
        {
            turnover.CountEnded();
        }
    }
}
