using Recluster.Protocol;

namespace Recluster.Lifecycle;

/// <summary>This process as a worker.</summary>
internal sealed class WorkerIdentity(WorkerEnvironment environment) : IReclusterWorker, IDisposable
{
    private readonly CancellationTokenSource _draining = new();

    public int Id => environment.Slot;

    public int Generation => environment.Generation;

    public bool IsClustered => true;

    public CancellationToken Draining => _draining.Token;

    public void Dispose() => _draining.Dispose();

    internal Task BeginDrainAsync() => _draining.CancelAsync();
}
