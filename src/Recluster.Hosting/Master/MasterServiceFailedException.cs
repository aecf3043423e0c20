namespace Recluster.Master;

/// <summary>A service that runs once per cluster has failed, and the cluster was to end with it.</summary>
internal sealed class MasterServiceFailedException(string service, Exception cause) : Exception(
    $"The cluster has stopped because its master service {service} failed and {ReclusterOptions.SectionName}:"
    + $"{nameof(ReclusterOptions.MasterServiceFailure)} is {nameof(MasterServiceFailure.StopCluster)}. {cause.GetType().Name}: {cause.Message}",
    cause);
