using Microsoft.Extensions.Time.Testing;
using Recluster.Sockets;

namespace Recluster.Worker.Tests.Sockets;

public class PoolWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Queue<IThreadPoolWorkItem> _queued = [];
    private readonly PoolWatch _pool;

    public PoolWatchTests() => _pool = new PoolWatch(_time, _queued.Enqueue);

    [Fact]
    public void A_pool_that_was_never_asked_is_not_silent()
    {
        _time.Advance(TimeSpan.FromHours(1));

        Assert.False(_pool.IsSilent);
    }

    [Fact]
    public void One_that_does_not_answer_is_silent_until_it_does()
    {
        _pool.Ask();
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(_pool.IsSilent);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(_pool.IsSilent);

        _queued.Dequeue().Execute();
        Assert.False(_pool.IsSilent);
    }

    [Fact]
    public void It_is_asked_once_until_it_answers_and_not_again_at_once()
    {
        _pool.Ask();
        _time.Advance(TimeSpan.FromSeconds(1));
        _pool.Ask();
        Assert.Single(_queued);

        _queued.Dequeue().Execute();
        _pool.Ask();
        _pool.Ask();
        Assert.Single(_queued);

        _queued.Dequeue().Execute();
        _time.Advance(TimeSpan.FromMilliseconds(99));
        _pool.Ask();
        Assert.Empty(_queued);
    }
}
