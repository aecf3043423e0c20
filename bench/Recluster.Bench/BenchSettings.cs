using System.Globalization;

namespace Recluster.Bench;

/// <summary>How thoroughly to measure.</summary>
/// <param name="Quick">A look whether all works, not a measurement.</param>
/// <param name="Seconds">The length of each single measurement, instead of the scenario's own.</param>
/// <param name="Rate">Requests a second where latency is measured, instead of a third of the capacity.</param>
/// <param name="Workload">Only the workloads whose names have this in them, to look for the cause of a failure.</param>
internal sealed record BenchSettings(bool Quick, int? Seconds, int? Rate, string Workload)
{
    /// <summary>How long one measurement takes.</summary>
    internal TimeSpan Length(double full, double quick) => TimeSpan.FromSeconds(Seconds ?? (Quick ? quick : full));

    /// <summary>How long something runs before it is measured.</summary>
    internal TimeSpan WarmUp(double full, double quick) => TimeSpan.FromSeconds(Quick ? quick : full);

    /// <summary>How often something is done.</summary>
    internal int Times(int full, int quick) => Quick ? quick : full;

    /// <exception cref="ArgumentException">There is a flag that is none.</exception>
    internal static BenchSettings Parse(IReadOnlyList<string> flags)
    {
        var settings = new BenchSettings(false, null, null, "");
        for (var i = 0; i < flags.Count; i++)
        {
            settings = flags[i] switch
            {
                "--quick" => settings with { Quick = true },
                "--seconds" when Number(i + 1) is { } seconds => settings with { Seconds = seconds },
                "--rate" when Number(i + 1) is { } rate => settings with { Rate = rate },
                "--workload" when i + 1 < flags.Count => settings with { Workload = flags[i + 1] },
                _ when i > 0 && flags[i - 1] is ("--seconds" or "--rate" or "--workload") => settings,
                _ => throw new ArgumentException(flags[i]),
            };
        }

        return settings;

        int? Number(int at) =>
            at < flags.Count && int.TryParse(flags[at], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
