namespace Recluster.Protocol;

/// <summary>The descriptors by which workers hand connections to each other.</summary>
/// <param name="Board">The shared memory with the load of each slot.</param>
/// <param name="BoardSlots">For how many slots it has room: as many as there may ever be.</param>
/// <param name="Receive">By slot: where its worker receives.</param>
/// <param name="Send">By slot: the other end of that socket pair.</param>
internal sealed record HandOverDescriptors(int Board, int BoardSlots, IReadOnlyList<int> Receive, IReadOnlyList<int> Send);
