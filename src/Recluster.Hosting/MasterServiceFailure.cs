namespace Recluster;

/// <summary>What becomes of the cluster when a service that runs once per cluster (<c>AddReclusterMasterService</c>) fails.</summary>
public enum MasterServiceFailure
{
    /// <summary>
    /// The cluster goes on serving. The failure is logged as an error, the health check is degraded, and the service is started again, with the
    /// delays of <see cref="ReclusterOptions.RespawnDelay"/> and <see cref="ReclusterOptions.MaxRespawnDelay"/>. The default.
    /// </summary>
    Restart,

    /// <summary>The cluster stops in order, and the process ends with an exit code that is not zero.</summary>
    StopCluster,
}
