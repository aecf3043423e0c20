using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;

namespace Recluster;

/// <summary>What <see cref="IReclusterControl"/> answers in single-process mode.</summary>
internal sealed class UnclusteredControl(IHostApplicationLifetime lifetime, RoleDecision role) : IReclusterControl
{
    public IReadOnlyList<ReclusterWorkerInfo?> ActiveWorkers => [];

    public IReadOnlyList<ReclusterWorkerInfo> Workers => [];

    public int Generation => 0;

    public bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    public ReloadResult? LastReload => null;

    private string NoCluster => $"There is no cluster: the app runs as a single process ({role.Reason}).";

    public Task<ReloadResult> ReloadAsync(ReloadOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ReloadResult { Status = ReloadStatus.NotClustered, Reason = NoCluster });

    public Task<bool> AbortReloadAsync(CancellationToken cancellationToken = default) => Task.FromResult(false);

    public Task<ScaleResult> ScaleAsync(int workers, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ScaleResult { Status = ScaleStatus.NotClustered, Reason = NoCluster });

    public async IAsyncEnumerable<ReclusterEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, linked.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        yield break;
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => TerminateAsync(cancellationToken);

    public Task TerminateAsync(CancellationToken cancellationToken = default)
    {
        lifetime.StopApplication();
        return Task.CompletedTask;
    }
}
