using Recluster.HandOver;
using Recluster.Protocol;

namespace Recluster.Tests.Support;

/// <summary>What a master makes for its workers to hand connections over by.</summary>
internal sealed class HandOverDescriptorsOfTest(int slots) : IDisposable
{
    private readonly HandOverSockets _sockets = HandOverSockets.Create(slots, slots, out _)!;

    /// <summary>As one more worker inherits them: under numbers of its own.</summary>
    internal HandOverDescriptors Inherit()
    {
        var master = _sockets.Descriptors;
        return master with
        {
            Board = Descriptors.Duplicate(master.Board),
            Receive = [.. master.Receive.Select(Descriptors.Duplicate)],
            Send = [.. master.Send.Select(Descriptors.Duplicate)],
        };
    }

    internal LoadBoard MapBoard() => LoadBoard.Map(_sockets.Descriptors.Board, slots)!;

    public void Dispose() => _sockets.Dispose();
}
