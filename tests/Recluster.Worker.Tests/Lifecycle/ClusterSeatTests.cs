using Recluster.Hosts;

namespace Recluster.Worker.Tests.Lifecycle;

public class ClusterSeatTests
{
    private readonly ClusterSeat _seat = new();
    private readonly object _first = new();
    private readonly object _second = new();

    [Fact]
    public void The_first_has_it_until_it_leaves_and_then_the_next_may()
    {
        Assert.True(_seat.TryTake(_first));
        Assert.True(_seat.TryTake(_first));
        Assert.False(_seat.TryTake(_second));
        Assert.False(_seat.IsLeft);

        Assert.True(_seat.Leave(_first));

        Assert.True(_seat.IsLeft);
        Assert.True(_seat.TryTake(_second));
        Assert.False(_seat.IsLeft);
    }

    [Fact]
    public void One_who_does_not_have_it_cannot_leave_it()
    {
        Assert.False(_seat.Leave(_first));
        _seat.TryTake(_first);

        Assert.False(_seat.Leave(_second));

        Assert.False(_seat.TryTake(_second));
    }

    [Fact]
    public void Those_who_wait_are_called_once_when_it_is_left_and_at_once_when_nobody_has_it()
    {
        var calls = 0;
        _seat.TryTake(_first);
        _seat.WhenLeft(() => calls++);
        Assert.Equal(0, calls);

        _seat.Leave(_first);
        _seat.Leave(_first);
        Assert.Equal(1, calls);

        _seat.WhenLeft(() => calls++);
        Assert.Equal(2, calls);
    }
}
