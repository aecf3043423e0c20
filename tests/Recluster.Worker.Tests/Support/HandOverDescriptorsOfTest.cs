using System.Runtime.InteropServices;
using Recluster.HandOver;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.Tests.Support;

/// <summary>What a master makes for its workers to hand connections over by: real socket pairs and a real memory file.</summary>
internal sealed partial class HandOverDescriptorsOfTest : IDisposable
{
    private const int Unix = 1;
    private const int NonBlockingSequencedPackets = 5 | 0x800 | 0x80000;

    private readonly List<(int Receive, int Send)> _pairs = [];
    private readonly MemoryFile _board = MemoryFile.Create("test")!;

    internal HandOverDescriptorsOfTest(int slots)
    {
        _board.SetLength(LoadBoard.SizeFor(slots));
        var pair = new int[2];
        while (_pairs.Count < slots)
        {
            Assert.Equal(0, SocketPair(Unix, NonBlockingSequencedPackets, 0, pair));
            _pairs.Add((pair[0], pair[1]));
        }
    }

    /// <summary>As one more worker inherits them: under numbers of its own.</summary>
    internal HandOverDescriptors Inherit() => new(
        Descriptors.Duplicate(_board.Descriptor),
        [.. _pairs.Select(pair => Descriptors.Duplicate(pair.Receive))],
        [.. _pairs.Select(pair => Descriptors.Duplicate(pair.Send))]);

    internal LoadBoard MapBoard() => LoadBoard.Map(_board.Descriptor, _pairs.Count)!;

    public void Dispose()
    {
        foreach (var (receive, send) in _pairs)
        {
            _ = Libc.Close(receive);
            _ = Libc.Close(send);
        }

        _board.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int domain, int type, int protocol, int[] pair);
}
