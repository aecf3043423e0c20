namespace Recluster.Bench.Measuring;

/// <summary>The middle of a few measurements.</summary>
internal static class Sample
{
    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
