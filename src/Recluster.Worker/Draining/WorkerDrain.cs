using Microsoft.Extensions.Logging;
using Recluster.Lifecycle;
using Recluster.Platform;
using Recluster.Sockets;

namespace Recluster.Draining;

/// <summary>
/// How a worker comes to its end. Drain: another has taken over; idle connections are left open for their next request. Stop: nobody
/// takes over; what is queued is taken, and from then on the kernel refuses. Finish: it drains already, and is to be done soon.
/// Each may come after another; each ends with the host being stopped.
/// </summary>
internal sealed class WorkerDrain(
    WorkerSockets sockets,
    ConnectionRegistry registry,
    ConnectionCloser closer,
    WorkerIdentity identity,
    HostStop hostStop,
    TimeProvider time,
    ILoggerFactory loggerFactory)
{
    // How long a stopping worker waits for the next request on idle connections before they are closed: long enough for a
    // request that was already on its way.
    private static readonly TimeSpan IdleGrace = TimeSpan.FromSeconds(1);

    // Task.Delay ends at about 49 days; nobody waits longer for a connection.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(40);

    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");

    internal bool IsStopping { get; private set; }

    /// <param name="timeout">How long everything may run on.</param>
    /// <param name="spread">Over how long what is left is then closed.</param>
    internal void Drain(TimeSpan timeout, TimeSpan spread) => _ = RunAsync(async () =>
    {
        if (!registry.IsDraining)
        {
            await sockets.AssignAsync([]);
            await BeginAsync(timeout);
            await WaitUntilDrainedAsync(timeout);
            await CloseAllAsync(spread, timeout);
            ProcessPriority.Lower(); // The end of a process is work too, and its successors have just got all its clients.
            hostStop.Begin();
        }
    });

    internal void Finish(TimeSpan timeout) => _ = RunAsync(async () =>
    {
        var began = time.GetTimestamp();
        await closer.CloseLongLivedAsync(timeout / 2);
        await WaitUntilDrainedAsync(timeout - ConnectionCloser.Goodbye - ConnectionCloser.Grace - time.GetElapsedTime(began));
        await CloseAllAsync(TimeSpan.Zero, timeout);
        hostStop.Begin();
    });

    internal void Stop(TimeSpan timeout) => _ = RunAsync(async () =>
    {
        if (IsStopping)
        {
            return;
        }

        IsStopping = true;
        var began = time.GetTimestamp();
        await sockets.ReleaseAsync(IdleGrace);
        await BeginAsync(timeout);
        await WaitUntilDrainedAsync(IdleGrace < timeout ? IdleGrace : timeout);
        await closer.CloseLongLivedAsync(timeout / 4);

        // Kestrel now closes what is idle and waits for the requests that run.
        hostStop.Begin();
        await WaitUntilDrainedAsync(timeout - time.GetElapsedTime(began));
        await CloseAllAsync(TimeSpan.Zero, timeout);
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

    private async Task CloseAllAsync(TimeSpan window, TimeSpan told)
    {
        var cutOff = await closer.CloseAllAsync(window);
        if (cutOff > 0)
        {
            WorkerLog.DrainTimedOut(_logger, cutOff, told);
        }
    }

    private async Task WaitUntilDrainedAsync(TimeSpan timeout)
    {
        if (timeout > TimeSpan.Zero)
        {
            await registry.Drained.WaitAsync(timeout < LongestWait ? timeout : LongestWait, time)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Not awaited by whoever asks: a request in flight may be waiting for a message that is yet to be read.</summary>
    private async Task RunAsync(Func<Task> end)
    {
        try
        {
            await end();
        }
        catch (ObjectDisposedException) when (hostStop.Allowed.IsCompleted || identity.IsDisposed)
        {
            // An order that comes while the host is being disposed of: it has stopped already or never started, and nothing is left to end.
        }
        catch (Exception e)
        {
            WorkerLog.DrainFailed(_logger, e);
            hostStop.Begin();
        }
    }
}
