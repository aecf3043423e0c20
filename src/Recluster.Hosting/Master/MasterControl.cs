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

    public string? ChangedFiles => loop.Snapshot.Report.ChangedFiles;

    public IReadOnlyList<ReclusterWorkerInfo?> ActiveWorkers => loop.Snapshot.ActiveWorkers;

    public IReadOnlyList<ReclusterWorkerInfo> Workers => loop.Snapshot.Workers;

    public Task<ReloadResult> ReloadAsync(ReloadOptions? options = null, CancellationToken cancellationToken = default) =>
        AnswerAsync<ReloadResult>(call => loop.Request(call, options?.Reason), loop.GiveUp, cancellationToken);

    public Task<bool> AbortReloadAsync(CancellationToken cancellationToken = default) =>
        AnswerAsync<bool>(loop.Request, call => call.GiveUp(), cancellationToken);

    public int Generation => loop.Snapshot.Generation;

    public bool IsStopping => loop.Snapshot.IsStopping || lifetime.ApplicationStopping.IsCancellationRequested;

    public ReloadResult? LastReload => loop.Snapshot.Report.LastReload;

    public Task<ScaleResult> ScaleAsync(int workers, CancellationToken cancellationToken = default) =>
        AnswerAsync<ScaleResult>(call => loop.Request(call, workers), loop.GiveUp, cancellationToken);

    public IAsyncEnumerable<ReclusterEvent> WatchAsync(CancellationToken cancellationToken = default) => loop.WatchAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        lifetime.StopApplication();
        loop.EndUnlessStarted();
        return loop.Stopped.WaitAsync(cancellationToken);
    }

    public Task TerminateAsync(CancellationToken cancellationToken = default)
    {
        loop.Terminate();
        if (loop.Stopped.IsCompleted)
        {
            lifetime.StopApplication(); // It had not started, and is not to.
        }

        return loop.Stopped.WaitAsync(cancellationToken);
    }

    private static async Task<T> AnswerAsync<T>(
        Action<PendingCall<T>> request, Action<PendingCall<T>> giveUp, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var answered = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = new PendingCall<T>(answered.SetResult);
        request(call);
        try
        {
            return await answered.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            giveUp(call);
            throw;
        }
    }
}
