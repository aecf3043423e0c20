using System.Net;
using System.Net.Sockets;
using System.Text;
using Recluster.HandOver;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.HandOver;

/// <summary>A real socket pair, with a sending and two receiving ends as three workers have them.</summary>
public sealed class HandOverQueueTests : IDisposable
{
    private readonly HandOverDescriptorsOfTest _master = new(slots: 1);
    private readonly List<Socket> _mine = [];
    private readonly HandOverQueue _sender;
    private readonly HandOverQueue _receiver;

    public HandOverQueueTests()
    {
        _sender = Inherit();
        _receiver = Inherit();
    }

    public void Dispose()
    {
        _mine.ForEach(socket => socket.Dispose());
        _sender.Release();
        _receiver.Release();
        _master.Dispose();
    }

    [Fact]
    public async Task A_connection_arrives_whole_after_the_sender_has_closed_its_copy()
    {
        var (client, accepted) = Connection();
        await client.SendAsync("asked before"u8.ToArray());

        Assert.True(_sender.TrySend(new(3, accepted)));
        accepted.Dispose();

        Assert.True(_receiver.TryReceive(out var received));
        _mine.Add(received!.Socket);
        Assert.Equal(3, received.Endpoint);
        Assert.Equal(client.LocalEndPoint, received.Socket.RemoteEndPoint);
        Assert.Equal("asked before", await ReadAsync(received.Socket));
        await received.Socket.SendAsync("answer"u8.ToArray());
        Assert.Equal("answer", await ReadAsync(client));
        Assert.False(received.Socket.LingerState!.Enabled);
    }

    [Fact]
    public void What_is_received_is_closed_on_exec()
    {
        Assert.True(_sender.TrySend(new(0, Connection().Accepted)));
        Assert.True(_receiver.TryReceive(out var received));
        _mine.Add(received!.Socket);

        var flags = File.ReadLines($"/proc/self/fdinfo/{received.Socket.Handle}").Single(line => line.StartsWith("flags:", StringComparison.Ordinal));

        const int CloseOnExec = 0x80000;
        Assert.NotEqual(0, Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & CloseOnExec);
    }

    [Fact]
    public void Nothing_waits_in_an_empty_queue()
    {
        Assert.False(_receiver.HasWaiting);
        Assert.False(_receiver.TryReceive(out _));

        _sender.TrySend(new(0, Connection().Accepted));

        Assert.True(_receiver.HasWaiting);
    }

    [Fact]
    public async Task A_full_queue_takes_no_more_and_the_connection_still_belongs_to_the_sender()
    {
        var (client, accepted) = Connection();
        var sent = 0;
        while (_sender.TrySend(new(0, accepted)))
        {
            sent++;
        }

        await accepted.SendAsync("served here"u8.ToArray());
        Assert.Equal("served here", await ReadAsync(client));

        // All that were taken are there, and then there is room again.
        for (var i = 0; i < sent; i++)
        {
            Assert.True(_receiver.TryReceive(out var received));
            received!.Socket.Dispose();
        }

        Assert.False(_receiver.TryReceive(out _));
        Assert.True(_sender.TrySend(new(0, accepted)));
        Assert.True(sent > HandOverRule.MostWaiting);
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_leaves_the_queue_whole_for_all()
    {
        var sibling = Inherit();
        for (var i = 0; i < 20; i++)
        {
            using var cancel = new CancellationTokenSource();
            var waiting = _receiver.WaitAsync(cancel.Token).AsTask();
            await cancel.CancelAsync();
            await waiting.ContinueWith(_ => { }, TaskScheduler.Default).InTime(); // Cancelled, or woken by what a sibling has taken since.

            var pending = sibling.WaitAsync(CancellationToken.None);
            Assert.True(_sender.TrySend(new(i, Connection().Accepted)));
            await pending.InTime();
            Assert.True((i % 2 == 0 ? sibling : _receiver).TryReceive(out var received));
            Assert.Equal(i, received!.Endpoint);
            received.Socket.Dispose();
        }

        sibling.Release();
    }

    [Fact]
    public async Task A_connection_that_its_client_has_reset_on_the_way_does_no_harm()
    {
        var (client, accepted) = Connection();
        Assert.True(_sender.TrySend(new(0, accepted)));
        accepted.Dispose();
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        Assert.True(_receiver.TryReceive(out var received));
        if (received is not null)
        {
            _mine.Add(received.Socket);
            await Assert.ThrowsAsync<SocketException>(() => received.Socket.ReceiveAsync(new byte[1]).InTime());
        }
    }

    private HandOverQueue Inherit()
    {
        var descriptors = _master.Inherit();
        return new HandOverQueue(descriptors.Receive[0], descriptors.Send[0]);
    }

    private (Socket Client, Socket Accepted) Connection()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        var accepted = listener.Accept();
        _mine.AddRange([client, accepted]);
        return (client, accepted);
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        var bytes = new byte[100];
        return Encoding.ASCII.GetString(bytes, 0, await socket.ReceiveAsync(bytes).InTime());
    }
}
