using Recluster.LoadClient;

namespace Recluster.Bench.Scenarios;

/// <summary>What one run has measured.</summary>
/// <param name="Report">What the clients saw.</param>
/// <param name="Stolen">The share of the machine that its host gave to others meanwhile.</param>
/// <param name="Failure">Why what was to happen meanwhile did not.</param>
internal sealed record LatencyRun(LoadReport Report, double Stolen, string? Failure)
{
    internal TimeSpan Percentile(double share) => Report.Latency.Percentile(share);
}
