using System.Threading.Channels;
using Recluster.Hosting.Tests.Support;
using Recluster.Protocol;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Master;

/// <summary>The worker's side of the channel, played by the test: it speaks the real protocol, and does as much as it is told.</summary>
internal sealed class FakeWorker
{
    private readonly Channel<Message> _received = Channel.CreateUnbounded<Message>();
    private readonly MessageChannel? _channel;

    internal FakeWorker(long id, int slot, int generation, Manners manners)
    {
        (Id, Slot, Generation, Behaviour) = (id, slot, generation, manners);
        Process = new FakeChildProcess { DiesWhenKilled = !manners.HasFlag(Manners.SurvivesKill) };
        if (!manners.HasFlag(Manners.NeverReads))
        {
            _channel = new MessageChannel(Process.ChildEnd);
            _ = ListenAsync();
        }
    }

    [Flags]
    internal enum Manners
    {
        None = 0,

        /// <summary>Confirms each assignment, and takes the sockets that it is offered.</summary>
        Confirms = 1,

        /// <summary>Says ready as soon as it runs.</summary>
        SaysReady = 2,

        /// <summary>Exits when told to drain or to stop.</summary>
        Exits = 4,

        Obedient = Confirms | SaysReady | Exits,

        NeverReads = 8,

        SurvivesKill = 16,
    }

    internal long Id { get; }

    internal int Slot { get; }

    internal int Generation { get; }

    internal Manners Behaviour { get; }

    internal FakeChildProcess Process { get; }

    internal void Send(Message message) => _channel!.Send(message);

    /// <summary>The next message of this kind; others before it are passed over.</summary>
    internal async Task<TMessage> ReceiveAsync<TMessage>()
        where TMessage : Message
    {
        while (true)
        {
            if (await ReceiveAsync() is TMessage message)
            {
                return message;
            }
        }
    }

    internal Task<Message> ReceiveAsync() => _received.Reader.ReadAsync().InTime();

    private async Task ListenAsync()
    {
        if (Behaviour.HasFlag(Manners.SaysReady))
        {
            Send(new Message.Ready());
        }

        await foreach (var message in _channel!.ReadAllAsync())
        {
            _received.Writer.TryWrite(message);
            if (message is Message.Assign assign && Behaviour.HasFlag(Manners.Confirms))
            {
                Send(new Message.Assigned(assign.Number));
            }
            else if (message is Message.Sockets offered && Behaviour.HasFlag(Manners.Confirms))
            {
                Send(new Message.Holds(offered.Slots));
            }
            else if (message is Message.Drain or Message.Stop && Behaviour.HasFlag(Manners.Exits))
            {
                await _channel.FlushAsync();
                Process.Exit(ExitStatus.Exited(0));
            }
        }
    }
}
