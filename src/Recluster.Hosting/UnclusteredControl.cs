using Microsoft.Extensions.Hosting;

namespace Recluster;

/// <summary>What <see cref="IReclusterControl"/> answers in single-process mode.</summary>
internal sealed class UnclusteredControl(IHostApplicationLifetime lifetime, RoleDecision role) : IReclusterControl
{
    public IReadOnlyList<ReclusterWorkerInfo?> ActiveWorkers => [];

    public IReadOnlyList<ReclusterWorkerInfo> Workers => [];

    public Task<ReloadResult> ReloadAsync(CancellationToken cancellationToken = default) => Task.FromResult(new ReloadResult
    {
        Status = ReloadStatus.NotClustered,
        Reason = $"There is no cluster: the app runs as a single process ({role.Reason}).",
    });

    public Task TerminateAsync(CancellationToken cancellationToken = default)
    {
        lifetime.StopApplication();
        return Task.CompletedTask;
    }
}
