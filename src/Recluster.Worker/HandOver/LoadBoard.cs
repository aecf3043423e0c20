using Recluster.Platform;

namespace Recluster.HandOver;

/// <summary>
/// What each slot carries, in memory that all workers share. A cell of 64 bytes (a cache line) for each slot:
/// <code>
/// 0  long  owner (the worker's number, 32 bits) and load (connections + 1; 0: takes none). Only the owner changes its load
/// 8  int   how many connections were handed to the slot
/// 12 int   how many of them had been, when its queue was last seen empty
/// </code>
/// Nothing here has to be true for long, or at all after a worker has died: it advises, and the kernel's queues keep the connections.
/// </summary>
internal sealed unsafe class LoadBoard
{
    /// <summary>The load of a slot that takes none.</summary>
    internal const int Closed = -1;

    private const int CellSize = 64;
    private const int SentOffset = 8;
    private const int SeenOffset = 12;

    private readonly byte* _memory;

    private LoadBoard(byte* memory, int slots)
    {
        _memory = memory;
        Slots = slots;
    }

    internal int Slots { get; }

    internal static int SizeFor(int slots) => slots * CellSize;

    /// <summary>Mapped for the life of the process, since connections are counted to its last moment. Null where the kernel refuses.</summary>
    internal static LoadBoard? Map(int descriptor, int slots)
    {
        var memory = Libc.MapShared(descriptor, SizeFor(slots));
        return memory is null ? null : new LoadBoard(memory, slots);
    }

    /// <summary>From now on the slot is this worker's.</summary>
    internal void Claim(int slot, long worker, int load) => Volatile.Write(ref State(slot), Pack(worker, load));

    /// <summary>Says what the slot carries, if it is this worker's. False if it is another's by now.</summary>
    internal bool Publish(int slot, long worker, int load)
    {
        while (true)
        {
            var before = Volatile.Read(ref State(slot));
            if (OwnerOf(before) != (uint)worker)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref State(slot), Pack(worker, load), before) == before)
            {
                return true;
            }
        }
    }

    /// <summary>
    /// The slot takes none, until its owner says otherwise: the owner is gone, or not heard of. Where somebody else writes in the
    /// same moment, somebody lives, and it stays open.
    /// </summary>
    internal void Close(int slot)
    {
        var before = Volatile.Read(ref State(slot));
        _ = Interlocked.CompareExchange(ref State(slot), Pack(OwnerOf(before), Closed), before);
    }

    /// <summary>What the slot carries, connections on their way to it included, or <see cref="Closed"/>; closed too while so many wait.</summary>
    internal int LoadOf(int slot, int mostWaiting)
    {
        var load = (int)Volatile.Read(ref State(slot)) - 1;
        if (load == Closed)
        {
            return Closed;
        }

        var waiting = Waiting(slot);
        return waiting < mostWaiting ? load + waiting : Closed;
    }

    internal int Waiting(int slot) => Math.Max(0, Sent(slot) - Volatile.Read(ref Seen(slot)));

    internal void CountSent(int slot) => Interlocked.Increment(ref Counter(slot, SentOffset));

    /// <summary>Takes a <see cref="CountSent"/> back.</summary>
    internal void CountNotSent(int slot) => Interlocked.Decrement(ref Counter(slot, SentOffset));

    internal int Sent(int slot) => Volatile.Read(ref Counter(slot, SentOffset));

    /// <summary>After the queue had been found empty. The number has to be read before that look.</summary>
    internal void SawEmpty(int slot, int sentBefore)
    {
        // Two may receive for a moment, and the later look counts. The difference is right where the numbers wrap, too.
        while (Volatile.Read(ref Seen(slot)) is var seen && sentBefore - seen > 0)
        {
            _ = Interlocked.CompareExchange(ref Seen(slot), sentBefore, seen);
        }
    }

    private static long Pack(long worker, int load) => ((long)(uint)worker << 32) | (uint)(load + 1);

    private static uint OwnerOf(long state) => (uint)(state >> 32);

    private ref long State(int slot) => ref *(long*)(_memory + (slot * CellSize));

    private ref int Seen(int slot) => ref Counter(slot, SeenOffset);

    private ref int Counter(int slot, int offset) => ref *(int*)(_memory + (slot * CellSize) + offset);
}
