using Microsoft.Extensions.Diagnostics.HealthChecks;
using Recluster.Health;
using Recluster.Lifecycle;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The cluster as a health check.</summary>
public static class ReclusterHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds the check "recluster": healthy when every slot is served by the serving generation, degraded when a slot is not, unhealthy when
    /// none is or the cluster is going to stop. Its data: generation, slots, served, slotGenerations, lastReload, lastReloadReason.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="tags">Tags to select it by.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static IHealthChecksBuilder AddRecluster(this IHealthChecksBuilder builder, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<ReclusterHealthCheck>(Readiness.ClusterCheckName, failureStatus: null, tags ?? []);
    }
}
