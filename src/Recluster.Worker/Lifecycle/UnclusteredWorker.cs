using Microsoft.Extensions.Hosting;

namespace Recluster.Lifecycle;

/// <summary>What <see cref="IReclusterWorker"/> answers in the master and in single-process mode.</summary>
internal sealed class UnclusteredWorker(IHostApplicationLifetime lifetime) : IReclusterWorker
{
    public int Id => 0;

    public int Generation => 0;

    public bool IsClustered => false;

    public CancellationToken Draining => lifetime.ApplicationStopping;

    public Task CloseLongLivedAsync(TimeSpan over)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(over, TimeSpan.Zero);
        return Task.CompletedTask;
    }

    public async Task WaitUntilActiveAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var starting = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancellationToken);
    }

    public void SignalReady()
    {
    }

    public void RequestReplacement(string reason) => ArgumentNullException.ThrowIfNull(reason);
}
