using System.Runtime.InteropServices;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.HandOver;

/// <summary>
/// What workers hand connections to each other by: a socket pair for every slot in use, held by the master like the listening sockets, and
/// the memory in which they say what they carry.
/// </summary>
internal sealed class HandOverSockets : IDisposable
{
    private readonly List<int> _receive = [];
    private readonly List<int> _send = [];
    private readonly int _maxSlots;
    private readonly MemoryFile _board;

    private HandOverSockets(MemoryFile board, int maxSlots) => (_board, _maxSlots) = (board, maxSlots);

    /// <summary>The descriptors are the master's own.</summary>
    internal HandOverDescriptors Descriptors => new(_board.Descriptor, _maxSlots, [.. _receive], [.. _send]);

    internal int Slots => _receive.Count;

    /// <summary>Null where the kernel refuses, with its reason.</summary>
    /// <param name="slots">How many there are.</param>
    /// <param name="maxSlots">How many there may ever be.</param>
    /// <param name="error">The reason.</param>
    internal static HandOverSockets? Create(int slots, int maxSlots, out string? error)
    {
        if (MemoryFile.Create("recluster-load") is not { } board)
        {
            error = DescriptorLimit.Explain(Marshal.GetLastPInvokeError());
            return null;
        }

        var sockets = new HandOverSockets(board, maxSlots);
        board.SetLength(LoadBoard.SizeFor(maxSlots));
        error = sockets.Grow(slots);
        if (error is null)
        {
            return sockets;
        }

        sockets.Dispose();
        return null;
    }

    /// <summary>Opens what is missing for so many slots. If the kernel refuses, its reason, and all is as it was before.</summary>
    internal string? Grow(int slots)
    {
        var before = Slots;
        while (Slots < slots)
        {
            if (Libc.CreatePacketPair() is not var (one, other))
            {
                var error = DescriptorLimit.Explain(Marshal.GetLastPInvokeError());
                Shrink(before);
                return error;
            }

            _receive.Add(one);
            _send.Add(other);
        }

        return null;
    }

    /// <summary>Takes a <see cref="Grow"/> back, before anybody has been given the sockets.</summary>
    internal void Shrink(int slots)
    {
        while (Slots > slots)
        {
            _ = Libc.Close(_receive[^1]);
            _ = Libc.Close(_send[^1]);
            _receive.RemoveAt(_receive.Count - 1); // Closed a second time, the numbers could be somebody else's by then.
            _send.RemoveAt(_send.Count - 1);
        }
    }

    public void Dispose()
    {
        Shrink(0);
        _board.Dispose();
    }
}
