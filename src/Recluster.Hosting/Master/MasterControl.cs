using Microsoft.Extensions.Hosting;
using Recluster.Lifecycle;
using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>The cluster's control as the master itself has it.</summary>
internal sealed class MasterControl(ClusterLoop loop, IHostApplicationLifetime lifetime) : IReclusterControl, IClusterFacts
{
    public bool HasCluster => true;

    public IReadOnlyDictionary<string, string> FailedServices => loop.Snapshot.Report.FailedServices ?? ClusterReport.NoFailures;

    public IReadOnlyList<ReclusterWorkerInfo?> ActiveWorkers => loop.Snapshot.ActiveWorkers;

    public IReadOnlyList<ReclusterWorkerInfo> Workers => loop.Snapshot.Workers;

    public Task<ReloadResult> ReloadAsync(CancellationToken cancellationToken = default)
    {
        var answered = new TaskCompletionSource<ReloadResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.RequestReload(answered.SetResult);
        return answered.Task.WaitAsync(cancellationToken);
    }

    public int Generation => loop.Snapshot.Generation;

    public bool IsStopping => loop.Snapshot.IsStopping;

    public ReloadResult? LastReload => loop.Snapshot.Report.LastReload;

    public Task<ScaleResult> ScaleAsync(int workers, CancellationToken cancellationToken = default)
    {
        var answered = new TaskCompletionSource<ScaleResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.RequestScale(workers, answered.SetResult);
        return answered.Task.WaitAsync(cancellationToken);
    }

    public IAsyncEnumerable<ReclusterEvent> WatchAsync(CancellationToken cancellationToken = default) => loop.WatchAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        lifetime.StopApplication();
        return loop.Stopped.WaitAsync(cancellationToken);
    }

    public Task TerminateAsync(CancellationToken cancellationToken = default)
    {
        loop.Post(new Input.TerminateRequested());
        return loop.Stopped.WaitAsync(cancellationToken);
    }
}
