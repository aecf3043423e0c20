using Microsoft.Extensions.Diagnostics.HealthChecks;
using Recluster.Health;
using Recluster.Lifecycle;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The cluster as a health check.</summary>
public static class ReclusterHealthChecksBuilderExtensions
{
    private const string DefaultName = "recluster";

    /// <summary>
    /// Adds a check of the cluster: healthy when every slot is served by the serving generation, degraded when a slot is not, when a
    /// service once per cluster does not run or when the app's files were changed in place and no reload has succeeded since, unhealthy when no slot is served or
    /// the cluster is going to stop. Its data: generation, slots, served, slotGenerations, lastReload, lastReloadReason, failedMasterServices, changedFiles.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check. Default: "recluster".</param>
    /// <param name="failureStatus">What it reports instead of unhealthy; null (the default): unhealthy. Degraded stays degraded.</param>
    /// <param name="tags">Tags to select it by. Default: none.</param>
    /// <param name="timeout">How long it may take; null (the default): no limit. It reads what this process knows already, and waits for
    /// nothing.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static IHealthChecksBuilder AddRecluster(
        this IHealthChecksBuilder builder,
        string name = DefaultName,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        builder.Services.AddSingleton(new ClusterCheck(name));
        return builder.Add(new HealthCheckRegistration(
            name, ActivatorUtilities.GetServiceOrCreateInstance<ReclusterHealthCheck>, failureStatus, tags, timeout));
    }
}
