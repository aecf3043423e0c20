namespace Recluster.Lifecycle;

/// <summary>A health check about the cluster and not about this worker: no worker waits for it.</summary>
internal sealed record ClusterCheck(string Name);
