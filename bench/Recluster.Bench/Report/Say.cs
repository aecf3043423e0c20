using System.Globalization;
using Recluster.Bench.Measuring;
using Recluster.LoadClient;

namespace Recluster.Bench.Report;

/// <summary>Figures in words.</summary>
internal static class Say
{
    internal static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>One against another, to three digits or so.</summary>
    internal static string Ratio(double value, double against) => against <= 0
        ? "-"
        : (value / against).ToString(value / against < 10 ? "F2" : "F0", CultureInfo.InvariantCulture);

    internal static string Ratio(TimeSpan value, TimeSpan against) => Ratio(value.TotalMicroseconds, against.TotalMicroseconds);

    /// <summary>The median, and the least and greatest.</summary>
    internal static string Spread(IEnumerable<double> figures, int digits = 3)
    {
        var all = figures.ToArray();
        return $"**{Format(Sample.Median(all))}** ({Format(all.Min())} to {Format(all.Max())})";

        string Format(double figure) => figure.ToString($"F{digits}", CultureInfo.InvariantCulture);
    }

    internal static string Milliseconds(TimeSpan time) =>
        time.TotalMilliseconds.ToString(time.TotalMilliseconds < 10 ? "F1" : "F0", CultureInfo.InvariantCulture) + " ms";

    internal static string Percent(double share) => share.ToString("P3", CultureInfo.InvariantCulture);

    internal static string Megabytes(long bytes) => (bytes >> 20).ToString("N0", CultureInfo.InvariantCulture) + " MB";

    /// <summary>How many failed, and how.</summary>
    internal static string Failures(LoadReport report)
    {
        var kinds = report.Counts.Where(pair => pair.Key is not (Outcome.Ok or Outcome.ClosedInOrder)).OrderBy(pair => pair.Key)
            .Select(pair => $"{InWords(pair.Key)} {Count(pair.Value)}").ToArray();
        return kinds.Length == 0 ? "0" : $"**{Count(report.Failed)}** ({string.Join(", ", kinds)})";
    }

    private static string InWords(Outcome outcome) => outcome switch
    {
        Outcome.ResetBeforeFirstByteFresh => "reset or end on a fresh connection",
        Outcome.ResetBeforeFirstByteReused => "reset or end on a reused connection",
        Outcome.ConnectTimeout => "connect timeout",
        Outcome.WrongStatus => "wrong status",
        Outcome.WrongContent => "wrong content",
        _ => outcome.ToString().ToLowerInvariant(),
    };
}
