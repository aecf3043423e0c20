using Microsoft.Extensions.Diagnostics.HealthChecks;
using Recluster.Lifecycle;
using Recluster.Protocol;

namespace Recluster.Health;

/// <summary>
/// Healthy when every slot is served by an active worker of the serving generation; degraded when one is not, when a master service does
/// not run, or when the app's files were changed in place; unhealthy when none is, or
/// when the cluster is going to stop, so that a load balancer turns elsewhere while it still serves.
/// As truthful in a worker as in the master: both read the master's snapshot. Off the cluster it is healthy: this process serves.
/// </summary>
internal sealed class ReclusterHealthCheck(IReclusterControl control) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var slots = control.ActiveWorkers;
        var generation = control.Generation;
        var facts = control as IClusterFacts;
        if (slots.Count == 0)
        {
            return Task.FromResult(facts is { HasCluster: true }
                ? Failed("The cluster starts: this process does not know of any worker that serves yet.")
                : HealthCheckResult.Healthy("There is no cluster: this process serves alone."));
        }

        var served = slots.Count(worker => worker is not null);
        var current = slots.Count(worker => worker?.Generation == generation);
        var data = new Dictionary<string, object>
        {
            ["generation"] = generation,
            ["slots"] = slots.Count,
            ["served"] = served,
            ["slotGenerations"] = string.Join(",", slots.Select(worker => worker?.Generation.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-")),
        };
        if (control.LastReload is { } reload)
        {
            data["lastReload"] = reload.Status.ToString();
            data["lastReloadReason"] = reload.Reason ?? "";
        }

        var failed = facts?.FailedServices ?? ClusterReport.NoFailures;
        if (failed.Count > 0)
        {
            data["failedMasterServices"] = string.Join("; ", failed.Select(service => $"{service.Key}: {service.Value}"));
        }

        var changed = facts?.ChangedFiles;
        if (changed is not null)
        {
            data["changedFiles"] = changed;
        }

        var description = $"{served} of {slots.Count} slots are served, {current} of them by generation {generation}."
            + (failed.Count == 0 ? "" : $" Master services that do not run: {string.Join(", ", failed.Keys)}.")
            + (changed is null ? "" : $" Files of the app were changed since generation {generation} began, and no reload has succeeded since: {changed}.");
        return Task.FromResult(
            control.IsStopping ? Failed("The cluster is going to stop and wants no new traffic.", data)
            : served == 0 ? Failed(description, data)
            : current < slots.Count || failed.Count > 0 || changed is not null ? HealthCheckResult.Degraded(description, data: data)
            : HealthCheckResult.Healthy(description, data));

        HealthCheckResult Failed(string what, IReadOnlyDictionary<string, object>? data = null) =>
            new(context.Registration.FailureStatus, what, data: data);
    }
}
