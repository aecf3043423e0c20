using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Recluster.Lifecycle;

/// <summary>
/// Stops the host of this worker when the worker itself has come to its end. So a stop that this class did not begin is the app's own, which
/// <see cref="SelfStop"/> has wait until this class allows it.
/// </summary>
internal sealed class HostStop(IHostApplicationLifetime lifetime, IOptions<HostOptions> options)
{
    private readonly TaskCompletionSource _allowed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _timeout = options.Value.ShutdownTimeout;

    /// <summary>What the app's hosted services have to stop: the app's own ShutdownTimeout.</summary>
    internal TimeSpan Timeout => _timeout;

    /// <summary>Completes when the host may stop.</summary>
    internal Task Allowed => _allowed.Task;

    /// <summary>
    /// From now on a stop that the app begins may take as long as the worker drains. The host reads its timeout when its stop begins.
    /// </summary>
    internal void AllowTimeForDrain() => options.Value.ShutdownTimeout = System.Threading.Timeout.InfiniteTimeSpan;

    internal void Begin()
    {
        options.Value.ShutdownTimeout = _timeout;
        _allowed.TrySetResult();
        lifetime.StopApplication();
    }
}
