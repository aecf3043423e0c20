using Recluster.Messaging;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.Messaging;

public class EventHubTests
{
    private readonly EventHub _hub = new();

    [Fact]
    public async Task One_stream_can_be_enumerated_more_than_once_and_at_the_same_time()
    {
        var events = _hub.WatchAsync(CancellationToken.None);
        await using var first = events.GetAsyncEnumerator();
        await using (var second = events.GetAsyncEnumerator())
        {
            _hub.Publish(Event(1));
            Assert.Equal((1, 1), (await NextAsync(first), await NextAsync(second)));
        }

        _hub.Publish(Event(2));
        await using var third = events.GetAsyncEnumerator();
        _hub.Publish(Event(3));

        Assert.Equal((2, 3, 3), (await NextAsync(first), await NextAsync(first), await NextAsync(third)));
    }

    [Fact]
    public async Task Nobody_is_subscribed_before_the_enumeration_begins_or_after_it_has_ended()
    {
        var events = _hub.WatchAsync(CancellationToken.None);
        Assert.False(_hub.IsWatched);

        await using (events.GetAsyncEnumerator())
        {
            Assert.True(_hub.IsWatched);
        }

        Assert.False(_hub.IsWatched);
    }

    [Fact]
    public async Task It_ends_with_the_cluster_after_what_had_happened_and_begins_no_more()
    {
        var events = _hub.WatchAsync(CancellationToken.None);
        await using var watcher = events.GetAsyncEnumerator();
        _hub.Publish(Event(1));

        _hub.Complete();

        Assert.Equal(1, await NextAsync(watcher));
        Assert.False(await watcher.MoveNextAsync().InTime());
        await using var late = events.GetAsyncEnumerator();
        Assert.False(await late.MoveNextAsync().InTime());
    }

    [Fact]
    public async Task Either_token_ends_it()
    {
        using var outer = new CancellationTokenSource();
        using var inner = new CancellationTokenSource();
        await using var one = _hub.WatchAsync(outer.Token).GetAsyncEnumerator();
        await using var other = _hub.WatchAsync(CancellationToken.None).GetAsyncEnumerator(inner.Token);
        await outer.CancelAsync();
        await inner.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.MoveNextAsync().InTime());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other.MoveNextAsync().InTime());
    }

    private static ReclusterEvent Event(int generation) =>
        new() { Kind = ReclusterEventKind.ReloadBegun, Time = DateTimeOffset.UnixEpoch, Generation = generation };

    private static async Task<int> NextAsync(IAsyncEnumerator<ReclusterEvent> events)
    {
        Assert.True(await events.MoveNextAsync().InTime());
        return events.Current.Generation!.Value;
    }
}
