using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Sockets;

namespace Recluster.Lifecycle;

/// <summary>
/// How a worker comes to its end. Drain: another has taken over; idle connections are left open for their next request. Stop: nobody
/// takes over; what is queued is taken, and from then on the kernel refuses. Finish: it drains already, and is to be done soon.
/// Each may come after another; each ends with the host being stopped.
/// </summary>
internal sealed class WorkerDrain(
    WorkerSockets sockets,
    ConnectionRegistry registry,
    WorkerIdentity identity,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILoggerFactory loggerFactory)
{
    // How long a stopping worker waits for the next request on idle connections before they are closed: long enough for a
    // request that was already on its way.
    private static readonly TimeSpan IdleGrace = TimeSpan.FromSeconds(1);

    // After DrainTimeout: idle connections are closed in order and running requests may end, before the rest is aborted. The master
    // kills a second later.
    private static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(1);

    // Task.Delay ends at about 49 days; nobody waits longer for a connection.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(40);

    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");

    internal bool IsStopping { get; private set; }

    internal void Drain(TimeSpan timeout) => _ = RunAsync(async () =>
    {
        if (!registry.IsDraining)
        {
            await sockets.AssignAsync([]);
            await BeginAsync(timeout);
            await EndAsync(patience: timeout, AbortGrace, timeout);
        }
    });

    internal void Finish(TimeSpan timeout) => _ = RunAsync(() => EndAsync(patience: TimeSpan.Zero, timeout, timeout));

    internal void Stop(TimeSpan timeout) => _ = RunAsync(async () =>
    {
        if (!IsStopping)
        {
            IsStopping = true;
            var patience = IdleGrace < timeout ? IdleGrace : timeout;
            await sockets.ReleaseAsync(IdleGrace);
            await BeginAsync(timeout);
            await EndAsync(patience, timeout - patience, timeout);
        }
    });

    private async Task BeginAsync(TimeSpan timeout)
    {
        WorkerLog.DrainBegun(_logger, registry.Count, timeout);
        registry.BeginDrain();
        try
        {
            await identity.BeginDrainAsync();
        }
        catch (AggregateException e)
        {
            WorkerLog.DrainingCallbackFailed(_logger, e);
        }
    }

    private async Task EndAsync(TimeSpan patience, TimeSpan grace, TimeSpan told)
    {
        await WaitUntilDrainedAsync(patience);

        // Kestrel now closes what is idle and waits for the requests that run.
        lifetime.StopApplication();
        await WaitUntilDrainedAsync(grace);
        if (registry.Count > 0)
        {
            WorkerLog.DrainTimedOut(_logger, registry.Count, told);
            registry.AbortAll($"The worker had {told} to finish, and they are over.");
        }
    }

    private async Task WaitUntilDrainedAsync(TimeSpan timeout)
    {
        using var cancel = new CancellationTokenSource();
        await Task.WhenAny(registry.Drained, Task.Delay(timeout < LongestWait ? timeout : LongestWait, time, cancel.Token));
        await cancel.CancelAsync();
    }

    /// <summary>Not awaited by whoever asks: a request in flight may be waiting for a message that is yet to be read.</summary>
    private async Task RunAsync(Func<Task> end)
    {
        try
        {
            await end();
        }
        catch (Exception e)
        {
            WorkerLog.DrainFailed(_logger, e);
            lifetime.StopApplication();
        }
    }
}
