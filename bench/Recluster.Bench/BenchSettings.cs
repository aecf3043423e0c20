namespace Recluster.Bench;

/// <summary>How thoroughly to measure.</summary>
/// <param name="Quick">A look whether all works, not a measurement.</param>
/// <param name="Seconds">The length of each single measurement, instead of the scenario's own.</param>
internal sealed record BenchSettings(bool Quick, int? Seconds)
{
    /// <summary>How long one measurement takes.</summary>
    internal TimeSpan Length(double full, double quick) => TimeSpan.FromSeconds(Seconds ?? (Quick ? quick : full));

    /// <summary>How often something is done.</summary>
    internal int Times(int full, int quick) => Quick ? quick : full;
}
