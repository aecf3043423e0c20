using Microsoft.Extensions.DependencyInjection;
using Recluster.Lifecycle;
using Recluster.Protocol;

namespace Recluster;

/// <summary>The control of a process that is no worker. It may be asked for before the host starts, when its role is not settled yet.</summary>
internal sealed class RoleControl(IServiceProvider provider, RoleDecision role) : IReclusterControl, IClusterFacts
{
    private IReclusterControl Current => role.IsMaster
        ? provider.GetRequiredService<Master.MasterControl>()
        : provider.GetRequiredService<UnclusteredControl>();

    public bool HasCluster => role.IsMaster;

    public IReadOnlyDictionary<string, string> FailedServices => (Current as IClusterFacts)?.FailedServices ?? ClusterReport.NoFailures;

    public string? ChangedFiles => (Current as IClusterFacts)?.ChangedFiles;

    public IReadOnlyList<ReclusterWorkerInfo?> ActiveWorkers => Current.ActiveWorkers;

    public IReadOnlyList<ReclusterWorkerInfo> Workers => Current.Workers;

    public int Generation => Current.Generation;

    public bool IsStopping => Current.IsStopping;

    public ReloadResult? LastReload => Current.LastReload;

    public Task<ReloadResult> ReloadAsync(ReloadOptions? options = null, CancellationToken cancellationToken = default) =>
        Current.ReloadAsync(options, cancellationToken);

    public Task<bool> AbortReloadAsync(CancellationToken cancellationToken = default) => Current.AbortReloadAsync(cancellationToken);

    public Task<ScaleResult> ScaleAsync(int workers, CancellationToken cancellationToken = default) =>
        Current.ScaleAsync(workers, cancellationToken);

    public IAsyncEnumerable<ReclusterEvent> WatchAsync(CancellationToken cancellationToken = default) => Current.WatchAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default) => Current.StopAsync(cancellationToken);

    public Task TerminateAsync(CancellationToken cancellationToken = default) => Current.TerminateAsync(cancellationToken);
}
