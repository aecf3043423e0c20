using System.Globalization;

namespace Recluster.Bench.Measuring;

/// <summary>
/// The most memory that was taken from the machine at any moment since. Asking each of many processes would itself cost processor time,
/// so the kernel's sum is looked at: it is the processes' as long as nothing else happens on the machine.
/// </summary>
internal sealed class MemoryPeak : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly long _available = Available();
    private readonly Timer _timer;
    private long _least;

    internal MemoryPeak()
    {
        _least = _available;
        _timer = new Timer(_ => Interlocked.Exchange(ref _least, Math.Min(Volatile.Read(ref _least), Available())), null, Interval, Interval);
    }

    /// <summary>In bytes.</summary>
    internal long Taken => _available - Volatile.Read(ref _least);

    public void Dispose() => _timer.Dispose();

    private static long Available()
    {
        var line = File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }
}
