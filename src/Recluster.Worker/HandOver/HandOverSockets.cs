using System.Runtime.InteropServices;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.HandOver;

/// <summary>
/// What workers hand connections to each other by: a socket pair for every slot there may ever be, held by the master like the
/// listening sockets, and the memory in which they say what they carry.
/// </summary>
internal sealed class HandOverSockets : IDisposable
{
    private readonly List<int> _receive = [];
    private readonly List<int> _send = [];
    private readonly MemoryFile? _board = MemoryFile.Create("recluster-load");

    /// <summary>The descriptors are the master's own.</summary>
    internal HandOverDescriptors Descriptors => new(_board!.Descriptor, _receive, _send);

    /// <summary>Null where the kernel refuses, with its reason.</summary>
    internal static HandOverSockets? Create(int slots, out string? error)
    {
        var sockets = new HandOverSockets();
        error = sockets.Open(slots);
        if (error is null)
        {
            return sockets;
        }

        sockets.Dispose();
        return null;
    }

    public void Dispose()
    {
        foreach (var descriptor in (int[])[.. _receive, .. _send])
        {
            _ = Libc.Close(descriptor);
        }

        _receive.Clear(); // Closed a second time, the numbers could be somebody else's by then.
        _send.Clear();
        _board?.Dispose();
    }

    private string? Open(int slots)
    {
        if (_board is null)
        {
            return Marshal.GetLastPInvokeErrorMessage();
        }

        _board.SetLength(LoadBoard.SizeFor(slots));
        while (_receive.Count < slots)
        {
            if (Libc.CreatePacketPair() is not var (one, other))
            {
                return Marshal.GetLastPInvokeErrorMessage();
            }

            _receive.Add(one);
            _send.Add(other);
        }

        return null;
    }
}
