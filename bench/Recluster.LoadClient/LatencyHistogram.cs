using System.Numerics;

namespace Recluster.LoadClient;

/// <summary>
/// Durations in buckets of a microsecond up to 64 µs and of 1/32 of their value above, so that a percentile is exact to 3 % at most.
/// The greatest is kept as it is. Not safe for several threads.
/// </summary>
public sealed class LatencyHistogram
{
    private const int StepsInAnOctave = 32;
    private const int Linear = 2 * StepsInAnOctave;
    private const int LinearBits = 6;

    private readonly long[] _buckets = new long[Linear + ((63 - LinearBits) * StepsInAnOctave)];

    /// <summary>How many were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The greatest.</summary>
    public TimeSpan Max { get; private set; }

    /// <summary>Records one; below zero counts as zero.</summary>
    public void Record(TimeSpan duration)
    {
        _buckets[IndexOf(Math.Max(0, duration.Ticks / TimeSpan.TicksPerMicrosecond))]++;
        Count++;
        Max = duration > Max ? duration : Max;
    }

    /// <summary>Adds all that another has recorded.</summary>
    public void Add(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] += other._buckets[i];
        }

        Count += other.Count;
        Max = other.Max > Max ? other.Max : Max;
    }

    /// <summary>The duration that this share of all (0 to 1) does not exceed; zero if there are none.</summary>
    public TimeSpan Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        for (var i = 0; i < _buckets.Length; i++)
        {
            rank -= _buckets[i];
            if (rank <= 0 && Count > 0)
            {
                var top = TimeSpan.FromMicroseconds(TopOf(i));
                return top < Max ? top : Max;
            }
        }

        return Max;
    }

    private static int IndexOf(long microseconds)
    {
        if (microseconds < Linear)
        {
            return (int)microseconds;
        }

        // The leading bit names the octave, the five behind it the step within.
        var octave = BitOperations.Log2((ulong)microseconds) - LinearBits;
        return Linear + (octave * StepsInAnOctave) + (int)(microseconds >> (octave + 1)) - StepsInAnOctave;
    }

    private static long TopOf(int index)
    {
        if (index < Linear)
        {
            return index;
        }

        var octave = (index - Linear) / StepsInAnOctave;
        var step = ((index - Linear) % StepsInAnOctave) + StepsInAnOctave;
        return ((step + 1L) << (octave + 1)) - 1;
    }
}
