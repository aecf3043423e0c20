namespace Recluster.Lifecycle;

/// <summary>What the health check asks of the cluster's control beyond what an app may ask.</summary>
internal interface IMasterServiceFailures
{
    /// <summary>The services once per cluster that do not run, by name, and why.</summary>
    IReadOnlyDictionary<string, string> FailedServices { get; }
}
