namespace Recluster;

/// <summary>The bounds of the options, in one place for the options, their validator and the tests.</summary>
internal static class ReclusterLimits
{
    internal const int MaxWorkers = 512;

    internal static readonly TimeSpan MaxDelay = TimeSpan.FromDays(1);

    internal static readonly TimeSpan MaxDrainTimeout = TimeSpan.FromDays(30);

    internal static readonly TimeSpan DevelopmentDrainTimeout = TimeSpan.FromSeconds(1);

    internal static readonly TimeSpan ProductionDrainTimeout = TimeSpan.FromHours(1);
}
