using System.Globalization;

namespace Recluster.Bench.Measuring;

/// <summary>The processor time that a hypervisor gave to others while this machine wanted it ("steal" in proc(5)), since it was created.</summary>
internal sealed class StolenTime
{
    private const int Steal = 7; // The eighth figure: user, nice, system, idle, iowait, irq, softirq, steal. Those behind it are parts of others.

    private readonly long[] _began = Read();

    /// <summary>Its share of all processor time, 0 to 1.</summary>
    internal double Share
    {
        get
        {
            var spent = Read().Zip(_began, (now, began) => now - began).ToArray();
            return (double)spent[Steal] / Math.Max(1, spent.Sum());
        }
    }

    private static long[] Read() =>
        [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..(Steal + 2)].Select(field => long.Parse(field, CultureInfo.InvariantCulture))];
}
