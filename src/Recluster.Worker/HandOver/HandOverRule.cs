namespace Recluster.HandOver;

/// <summary>Whether a worker that has just accepted a connection hands it to a sibling, and to which. Pure.</summary>
internal static class HandOverRule
{
    /// <summary>Connections on their way to a slot; one more is not sent there. So few wait if its worker hangs.</summary>
    internal const int MostWaiting = 16;

    // Below this mean there is too little to tell a fresh worker from the others.
    private const int LeastMeanToEaseIn = 8;

    /// <summary>
    /// The slot with the least load, if that is notably less than this worker has with the new connection: by 2 and a sixteenth of the
    /// mean. A slot with less than half the mean, a fresh worker's, is eased in: it gets every second one.
    /// </summary>
    /// <param name="loads">By slot; negative: takes none.</param>
    /// <param name="self">This worker's slot.</param>
    /// <param name="mine">What this worker has, the new connection included.</param>
    /// <param name="number">Counts up with each call.</param>
    /// <returns>A slot, or -1.</returns>
    internal static int Choose(ReadOnlySpan<int> loads, int self, int mine, int number)
    {
        var least = -1;
        var (sum, count) = (mine, 1);
        for (var i = 1; i < loads.Length; i++)
        {
            // Each worker looks from its own slot on, so that not all choose the same of equals.
            var slot = (self + i) % loads.Length;
            if (loads[slot] >= 0)
            {
                sum += loads[slot];
                count++;
                least = least < 0 || loads[slot] < loads[least] ? slot : least;
            }
        }

        if (least < 0)
        {
            return -1;
        }

        var mean = sum / count;
        if (mine - loads[least] < 2 + (mean / 16))
        {
            return -1;
        }

        var isFresh = mean >= LeastMeanToEaseIn && loads[least] < mean / 2;
        return isFresh && number % 2 == 0 ? -1 : least;
    }
}
