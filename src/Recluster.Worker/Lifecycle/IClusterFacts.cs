namespace Recluster.Lifecycle;

/// <summary>What the health check asks of the cluster's control beyond what an app may ask.</summary>
internal interface IClusterFacts
{
    /// <summary>There is a cluster, though nothing may be known of it yet.</summary>
    bool HasCluster { get; }

    /// <summary>The services once per cluster that do not run, by name, and why.</summary>
    IReadOnlyDictionary<string, string> FailedServices { get; }

    /// <summary>Which of the app's files have been changed since the serving generation began; null for none.</summary>
    string? ChangedFiles { get; }
}
