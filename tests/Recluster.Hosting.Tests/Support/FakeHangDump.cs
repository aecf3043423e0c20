using Recluster.Processes;

namespace Recluster.Hosting.Tests.Support;

/// <summary>A dump that takes until the test completes it, or until the worker is killed.</summary>
internal sealed class FakeHangDump : IHangDump
{
    private readonly TaskCompletionSource<int> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The process that is dumped first, once it is.</summary>
    internal Task<int> Begun => _begun.Task;

    internal TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task TakeAsync(int processId, CancellationToken killed)
    {
        _begun.TrySetResult(processId);
        await Written.Task.WaitAsync(killed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
