using System.Text;
using Recluster.Protocol;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.Protocol;

public class MessageChannelTests
{
    [Fact]
    public async Task A_frame_that_arrives_byte_by_byte_is_one_message()
    {
        var (mine, theirs) = InMemoryDuplex.Pair();
        await using var channel = new MessageChannel(mine);
        await using var messages = channel.ReadAllAsync().GetAsyncEnumerator();
        var first = messages.MoveNextAsync();

        foreach (var one in Encoding.UTF8.GetBytes("replace äöü ✓\n"))
        {
            await theirs.WriteAsync(new[] { one });
        }

        Assert.True(await first.InTime());
        Assert.Equal(new Message.Replace("äöü ✓"), messages.Current);
    }

    [Fact]
    public async Task Several_frames_in_one_read_are_as_many_messages_in_their_order()
    {
        var messages = await ReadAsync("reload 1\nreload 2\nready\nassigned 3\n");

        Assert.Equal([new Message.Reload(1), new Message.Reload(2), new Message.Ready(), new Message.Assigned(3)], messages);
    }

    [Fact]
    public async Task A_last_frame_without_its_end_is_no_message()
    {
        Assert.Equal([new Message.Ready()], await ReadAsync("ready\nreload 1"));
    }

    [Fact]
    public async Task A_frame_of_just_under_the_limit_is_read()
    {
        var json = new string('x', MessageCodec.MaxFrameLength - "cluster ".Length - 1);

        Assert.Equal([new Message.Cluster(json)], await ReadAsync("cluster " + json + "\n"));
    }

    [Fact]
    public async Task A_frame_over_the_limit_is_refused()
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(new string('x', MessageCodec.MaxFrameLength + 1)));

        Assert.Contains("1048576", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_that_the_reader_would_refuse_is_not_sent()
    {
        var (mine, theirs) = InMemoryDuplex.Pair();
        await using var sender = new MessageChannel(mine);
        await using var receiver = new MessageChannel(theirs);
        var longest = new Message.Report(new string('x', MessageCodec.MaxFrameLength - "report ".Length - 1));

        sender.Send(new Message.Report(longest.Json + "x"));
        sender.Send(longest);
        sender.Send(new Message.Ready());

        Assert.Equal([longest, new Message.Ready()], await TakeAsync(receiver, 2));
    }

    [Fact]
    public async Task A_malformed_frame_ends_the_reading_after_the_messages_before_it()
    {
        var (mine, theirs) = InMemoryDuplex.Pair();
        await using var channel = new MessageChannel(mine);
        await theirs.WriteAsync("ready\nreload x\nready\n"u8.ToArray());
        await using var messages = channel.ReadAllAsync().GetAsyncEnumerator();

        Assert.True(await messages.MoveNextAsync().InTime());
        await Assert.ThrowsAsync<InvalidDataException>(() => messages.MoveNextAsync().InTime());
    }

    [Fact]
    public async Task Unknown_verbs_between_messages_are_passed_over()
    {
        Assert.Equal([new Message.Reload(1), new Message.Ready()], await ReadAsync("reload 1\ndance 1 2\n\nready\n"));
    }

    [Fact]
    public async Task What_is_sent_arrives_in_the_order_of_sending()
    {
        var (mine, theirs) = InMemoryDuplex.Pair();
        await using var sender = new MessageChannel(mine);
        await using var receiver = new MessageChannel(theirs);
        var expected = Enumerable.Range(0, 1000).Select(number => new Message.Reload(number)).ToArray();

        foreach (var message in expected)
        {
            sender.Send(message);
        }

        Assert.Equal(expected, await TakeAsync(receiver, expected.Length));
    }

    [Fact]
    public async Task A_slow_peer_gets_the_latest_snapshot_and_not_all_of_them()
    {
        var (mine, theirs) = InMemoryDuplex.Pair();
        await using var sender = new MessageChannel(mine);
        sender.Send(new Message.Reloaded(1, new string('x', InMemoryDuplex.Capacity * 2))); // Blocks the writer until it is read.
        await using var receiver = new MessageChannel(theirs);

        sender.Send(new Message.Reload(1));
        for (var i = 0; i < 1000; i++)
        {
            sender.Send(new Message.Cluster($"{{{i}}}"));
        }

        sender.Send(new Message.Reload(2));

        var received = await TakeAsync(receiver, 4);
        Assert.Equal([new Message.Reload(1), new Message.Cluster("{999}"), new Message.Reload(2)], received[1..]);
    }

    [Fact]
    public async Task A_snapshot_that_was_sent_does_not_keep_the_next_from_being_sent()
    {
        var (mine, theirs) = InMemoryDuplex.Pair();
        await using var sender = new MessageChannel(mine);
        await using var receiver = new MessageChannel(theirs);
        await using var messages = receiver.ReadAllAsync().GetAsyncEnumerator();

        for (var i = 0; i < 100; i++)
        {
            sender.Send(new Message.Cluster($"{{{i}}}"));
            Assert.True(await messages.MoveNextAsync().InTime());
            Assert.Equal(new Message.Cluster($"{{{i}}}"), messages.Current);
        }
    }

    [Fact]
    public async Task Sending_never_waits_for_a_peer_that_does_not_read()
    {
        var (mine, _) = InMemoryDuplex.Pair();
        await using var channel = new MessageChannel(mine);

        for (var i = 0; i < 10_000; i++)
        {
            channel.Send(new Message.Replace("to nobody, and far more than the channel holds"));
        }
    }

    [Fact]
    public async Task Disposing_ends_a_writer_that_is_blocked_and_a_reader_that_waits()
    {
        var (mine, _) = InMemoryDuplex.Pair();
        var channel = new MessageChannel(mine);
        channel.Send(new Message.Reloaded(1, new string('x', InMemoryDuplex.Capacity * 2)));
        await using var messages = channel.ReadAllAsync().GetAsyncEnumerator();
        var reading = messages.MoveNextAsync();

        await channel.DisposeAsync().InTime();

        Assert.False(await reading.InTime());
        channel.Send(new Message.Ready());
    }

    [Fact]
    public async Task The_end_of_the_peer_ends_the_reading_and_what_is_sent_then_is_dropped()
    {
        var (mine, theirs) = InMemoryDuplex.Pair();
        await using var channel = new MessageChannel(mine);
        await using var messages = channel.ReadAllAsync().GetAsyncEnumerator();

        await theirs.DisposeAsync();
        channel.Send(new Message.Ready());

        Assert.False(await messages.MoveNextAsync().InTime());
        channel.Send(new Message.Ready());
    }

    [Fact]
    public async Task Flushing_completes_when_everything_before_has_been_written()
    {
        var (mine, theirs) = InMemoryDuplex.Pair();
        await using var channel = new MessageChannel(mine);
        for (var i = 0; i < 100; i++)
        {
            channel.Send(new Message.Reload(i));
        }

        await channel.FlushAsync().InTime();
        await mine.DisposeAsync();

        await using var receiver = new MessageChannel(theirs);
        Assert.Equal(100, (await TakeAsync(receiver, 101)).Count);
    }

    private static async Task<List<Message>> ReadAsync(string text)
    {
        var (mine, theirs) = InMemoryDuplex.Pair();
        await using var channel = new MessageChannel(mine);
        var reading = TakeAsync(channel, int.MaxValue);
        try
        {
            await theirs.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().WaitAsync(Limits.Generous);
        }
        finally
        {
            await theirs.DisposeAsync();
        }

        return await reading;
    }

    private static async Task<List<Message>> TakeAsync(MessageChannel channel, int most)
    {
        var messages = new List<Message>();
        await using var reading = channel.ReadAllAsync().GetAsyncEnumerator();
        while (messages.Count < most && await reading.MoveNextAsync().InTime())
        {
            messages.Add(reading.Current);
        }

        return messages;
    }
}
