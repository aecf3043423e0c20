using System.Net.Sockets;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.HandOver;

/// <summary>
/// Evens out what the kernel's hash leaves uneven: a worker that has just accepted a connection and has notably more than a sibling hands
/// it to that sibling. A connection is handed on once at most, and stays where it is if that fails.
/// </summary>
internal sealed class ConnectionBalancer
{
    private readonly int _slot;
    private readonly long _worker;
    private readonly ConnectionRegistry _registry;
    private readonly LoadBoard _board;

    // By slot, with room for all there may ever be. The first so many have a queue.
    private readonly HandOverQueue?[] _queues;
    private readonly HandOverLoop?[] _loops;
    private readonly ReceivedConnections _received;
    private readonly Turnover _turnover;
    private readonly TimeProvider _time;
    private int _known;
    private int _offers;
    private long _passed;
    private volatile bool _owns;
    private volatile bool _retired;

    private ConnectionBalancer(
        WorkerEnvironment environment, HandOverDescriptors descriptors, LoadBoard board, ConnectionRegistry registry, TimeProvider time)
    {
        _slot = environment.Slot;
        _worker = environment.WorkerId;
        _registry = registry;
        _board = board;
        _queues = new HandOverQueue?[board.Slots];
        _loops = new HandOverLoop?[board.Slots];
        for (var slot = 0; slot < descriptors.Receive.Count; slot++)
        {
            Add(slot, descriptors.Receive[slot], descriptors.Send[slot]);
        }

        _received = new ReceivedConnections(environment.Endpoints);
        _turnover = new Turnover(time);
        _time = time;
        registry.Changed = OnChanged;
    }

    /// <summary>How many connections were handed on.</summary>
    internal long Passed => Volatile.Read(ref _passed);

    internal bool HasWaiting
    {
        get
        {
            for (var slot = 0; slot < _known; slot++)
            {
                if (_loops[slot] is not null && _queues[slot]!.HasWaiting)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Null where connections stay with whoever accepts them.</summary>
    internal static ConnectionBalancer? Open(WorkerEnvironment environment, ConnectionRegistry registry, TimeProvider time) =>
        environment.HandOver is { } descriptors && LoadBoard.Map(descriptors.Board, descriptors.BoardSlots) is { } board
            ? new ConnectionBalancer(environment, descriptors, board, registry, time)
            : null;

    /// <summary>The queue of one more slot, in the order of slots. From here on connections can be handed there.</summary>
    internal void Add(int slot, int receive, int send)
    {
        _queues[slot] = new HandOverQueue(receive, send);
        Volatile.Write(ref _known, slot + 1);
    }

    internal void Bind(InheritedEndpoint endpoint, Action<Socket> serve) => _received.Bind(endpoint, serve);

    internal void Unbind(InheritedEndpoint endpoint) => _received.Unbind(endpoint);

    /// <summary>True if a sibling has the connection now.</summary>
    internal bool TryPass(InheritedEndpoint endpoint, Socket accepted)
    {
        var mine = _registry.Count + _board.Waiting(_slot) + 1;
        if (_retired || mine < 2 || _turnover.IsHigh(_registry.Count))
        {
            return false;
        }

        Span<int> loads = stackalloc int[Volatile.Read(ref _known)];
        for (var slot = 0; slot < loads.Length; slot++)
        {
            loads[slot] = _board.LoadOf(slot, HandOverRule.MostWaiting);
        }

        var target = HandOverRule.Choose(loads, _slot, mine, Interlocked.Increment(ref _offers));
        if (target < 0 || !TrySend(target, new(_received.PlaceOf(endpoint), accepted)))
        {
            return false;
        }

        Interlocked.Increment(ref _passed);
        accepted.Dispose();
        return true;
    }

    /// <summary>Receives what is handed to these slots and to no other. Completes when that is so.</summary>
    internal async Task AssignAsync(IReadOnlyList<int> slots)
    {
        var owns = slots.Contains(_slot);
        if (!owns)
        {
            Retire();
        }

        for (var slot = 0; slot < _known; slot++)
        {
            var wanted = slots.Contains(slot);
            if (wanted && _loops[slot] is null)
            {
                Open(slot);
            }
            else if (!wanted && _loops[slot] is { } loop)
            {
                _loops[slot] = null;
                await loop.DisposeAsync();
            }
        }

        if (!owns)
        {
            GiveBackKept();
        }
    }

    /// <summary>Hands nothing on any more, and says that this worker's slot takes none.</summary>
    internal void Retire()
    {
        _retired = true;
        _owns = false;
        Publish();
    }

    /// <summary>
    /// For the end of the whole cluster, when nothing is accepted here any more: takes what is on its way to any slot. Whatever this
    /// worker sent is then either taken by its receiver or found here, so none is left to nobody.
    /// </summary>
    internal void Release()
    {
        for (var slot = 0; slot < _known; slot++)
        {
            Receive(slot);
            _queues[slot]!.Release();
        }

        foreach (var connection in _received.TakeKept())
        {
            connection.Socket.Dispose();
        }
    }

    private void Open(int slot)
    {
        _loops[slot] = new HandOverLoop(_queues[slot]!, () => Receive(slot), _time);
        if (slot != _slot)
        {
            _board.Close(slot); // It has no worker of its own, or one that is not heard of.
            return;
        }

        _retired = false;
        _owns = true;
        _board.Claim(_slot, _worker, _registry.Count);
        Publish();
    }

    private bool TrySend(int slot, HandOverQueue.Connection connection)
    {
        _board.CountSent(slot); // First: the receiver may look before this goes on, and has to find what it received counted.
        if (_queues[slot]!.TrySend(connection))
        {
            return true;
        }

        _board.CountNotSent(slot);
        return false;
    }

    /// <summary>Takes all that waits. False if that cannot be: then it goes on waiting, for this worker or a sibling.</summary>
    private bool Receive(int slot)
    {
        while (_queues[slot]!.CanReceive)
        {
            var sent = _board.Sent(slot);
            if (!_queues[slot]!.TryReceive(out var connection))
            {
                _board.SawEmpty(slot, sent);
                return true;
            }

            if (connection is not null)
            {
                _received.Deliver(connection);
            }
        }

        return false;
    }

    /// <summary>For the successor, in the slot's own queue.</summary>
    private void GiveBackKept()
    {
        foreach (var connection in _received.TakeKept())
        {
            TrySend(_slot, connection);
            connection.Socket.Dispose();
        }
    }

    private void OnChanged(bool isMore)
    {
        if (!isMore)
        {
            _turnover.CountEnded();
        }

        Publish();
    }

    private void Publish()
    {
        int load;
        do
        {
            load = Load();
        }
        while (_board.Publish(_slot, _worker, load) && load != Load()); // Of two at once the last to write looks again.

        int Load() => _owns ? _registry.Count : LoadBoard.Closed;
    }
}
