using Recluster.Draining;
using Recluster.Protocol;

namespace Recluster.Lifecycle;

/// <summary>This process as a worker.</summary>
internal sealed class WorkerIdentity(WorkerEnvironment environment, Lazy<MessageChannel> channel, ConnectionCloser closer) : IReclusterWorker, IDisposable
{
    private readonly CancellationTokenSource _draining = new();
    private readonly TaskCompletionSource _active = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Id => environment.Slot;

    public int Generation => environment.Generation;

    public bool IsClustered => true;

    public CancellationToken Draining => _draining.Token;

    /// <summary>The host is being disposed of: after its stop, or because its start failed.</summary>
    internal bool IsDisposed { get; private set; }

    /// <summary>Completes when the app has called <see cref="SignalReady"/>.</summary>
    internal Task ReadySignalled => _ready.Task;

    public Task WaitUntilActiveAsync(CancellationToken cancellationToken) => _active.Task.WaitAsync(cancellationToken);

    public void SignalReady() => _ready.TrySetResult();

    public Task CloseLongLivedAsync(TimeSpan over)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(over, TimeSpan.Zero);
        return closer.CloseLongLivedAsync(over);
    }

    public void RequestReplacement(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        channel.Value.Send(new Message.Replace(reason));
    }

    public void Dispose()
    {
        IsDisposed = true;
        _draining.Dispose();
    }

    /// <summary>This worker accepts connections. Said again, it changes nothing.</summary>
    internal void Promote() => _active.TrySetResult();

    internal Task BeginDrainAsync() => _draining.CancelAsync();
}
