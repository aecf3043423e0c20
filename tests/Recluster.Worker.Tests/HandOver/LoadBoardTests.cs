using Recluster.HandOver;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.HandOver;

/// <summary>Two mappings of one memory file, as two workers have them.</summary>
public sealed class LoadBoardTests : IDisposable
{
    private const int Many = 1000;

    private readonly HandOverDescriptorsOfTest _master = new(slots: 3);
    private readonly LoadBoard _one;
    private readonly LoadBoard _other;

    public LoadBoardTests()
    {
        _one = _master.MapBoard();
        _other = _master.MapBoard();
    }

    public void Dispose() => _master.Dispose();

    [Fact]
    public void At_first_no_slot_takes_any() => Assert.Equal(LoadBoard.Closed, _one.LoadOf(0, Many));

    [Fact]
    public void What_one_worker_says_of_its_slot_the_others_read()
    {
        _one.Claim(1, worker: 7, load: 5);
        Assert.Equal([LoadBoard.Closed, 5, LoadBoard.Closed], Enumerable.Range(0, 3).Select(slot => _other.LoadOf(slot, Many)));

        Assert.True(_one.Publish(1, worker: 7, load: 6));

        Assert.Equal(6, _other.LoadOf(1, Many));
    }

    [Fact]
    public void Once_a_successor_has_the_slot_its_predecessor_has_no_say()
    {
        _one.Claim(1, worker: 7, load: 5);
        _other.Claim(1, worker: 8, load: 0);

        Assert.False(_one.Publish(1, worker: 7, load: 4));
        Assert.False(_one.Publish(1, worker: 7, LoadBoard.Closed));

        Assert.Equal(0, _one.LoadOf(1, Many));
    }

    [Fact]
    public void A_slot_that_a_sibling_closed_is_open_again_when_its_worker_speaks()
    {
        _one.Claim(1, worker: 7, load: 5);
        _other.Close(1);
        Assert.Equal(LoadBoard.Closed, _other.LoadOf(1, Many));

        Assert.True(_one.Publish(1, worker: 7, load: 5));

        Assert.Equal(5, _other.LoadOf(1, Many));
    }

    [Fact]
    public void What_is_on_its_way_counts_until_the_queue_has_been_seen_empty()
    {
        _one.Claim(1, worker: 7, load: 5);
        _other.CountSent(1);
        _other.CountSent(1);
        Assert.Equal(7, _other.LoadOf(1, mostWaiting: 3));

        _other.CountSent(1);
        Assert.Equal(LoadBoard.Closed, _other.LoadOf(1, mostWaiting: 3));

        _one.SawEmpty(1, _one.Sent(1));
        Assert.Equal(5, _other.LoadOf(1, mostWaiting: 3));
    }

    [Fact]
    public void What_could_not_be_sent_does_not_count()
    {
        _other.CountSent(1);
        _other.CountNotSent(1);

        Assert.Equal(0, _one.Waiting(1));
    }

    [Fact]
    public void An_older_look_does_not_undo_a_later_one()
    {
        var older = _one.Sent(1);
        _other.CountSent(1);
        _one.SawEmpty(1, _one.Sent(1));

        _other.SawEmpty(1, older);

        Assert.Equal(0, _one.Waiting(1));
    }
}
