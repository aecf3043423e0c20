namespace Recluster.HandOver;

/// <summary>
/// Whether the connections of this worker come and go: as many ended within a second as there are open. Such connections even
/// out by themselves, and handing them over would cost more than it gives.
/// </summary>
internal sealed class Turnover(TimeProvider time)
{
    private const int Few = 32;

    private long _second;
    private int _ended;
    private int _endedBefore;

    internal void CountEnded()
    {
        Roll();
        Interlocked.Increment(ref _ended);
    }

    internal bool IsHigh(int open)
    {
        Roll();
        return Math.Max(Volatile.Read(ref _ended), Volatile.Read(ref _endedBefore)) >= Math.Max(Few, open);
    }

    private void Roll()
    {
        var now = time.GetTimestamp() / time.TimestampFrequency;
        var second = Volatile.Read(ref _second);
        if (now != second && Interlocked.CompareExchange(ref _second, now, second) == second)
        {
            var ended = Interlocked.Exchange(ref _ended, 0);
            Volatile.Write(ref _endedBefore, now == second + 1 ? ended : 0);
        }
    }
}
