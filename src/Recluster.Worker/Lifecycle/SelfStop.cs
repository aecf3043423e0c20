using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Protocol;

namespace Recluster.Lifecycle;

/// <summary>
/// A stop of the host that the app begins by itself: StopApplication, StopAsync in Program.cs, a hosted service that throws. Left alone it would end
/// keep-alive connections under their clients. So the master is told, this worker serves until it is told to drain, and only then the host
/// goes on with its stop.
/// </summary>
internal sealed class SelfStop(
    Lazy<MessageChannel> channel,
    HostStop hostStop,
    WorkerIdentity identity,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILoggerFactory loggerFactory)
{
    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");
    private int _begun;

    internal void Watch()
    {
        hostStop.AllowTimeForDrain();

        // Before the host reacts, which may be never: a start that is cancelled does not come to StoppingAsync.
        lifetime.ApplicationStopping.Register(Tell);
    }

    /// <summary>To be awaited before anything in the host stops.</summary>
    /// <param name="cancellationToken">The end of the patience of whoever called StopAsync with a token of its own.</param>
    internal async Task AwaitDrainAsync(CancellationToken cancellationToken)
    {
        Tell();
        await hostStop.Allowed.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Volatile.Read(ref _begun) == 1)
        {
            _ = ExitInTimeAsync();
        }
    }

    private void Tell()
    {
        var isOurs = hostStop.Allowed.IsCompleted;
        if (!isOurs && Interlocked.Exchange(ref _begun, 1) == 0 && !identity.Draining.IsCancellationRequested)
        {
            WorkerLog.StopsItself(_logger);
            channel.Value.Send(new Message.Stopping());
        }
    }

    /// <summary>In place of the host's own timeout, which has been lifted for the drain.</summary>
    private async Task ExitInTimeAsync()
    {
        if (hostStop.Timeout >= TimeSpan.Zero)
        {
            await Task.Delay(hostStop.Timeout, time);
            WorkerLog.ShutdownTimedOut(_logger, hostStop.Timeout);
            Environment.Exit(Environment.ExitCode);
        }
    }
}
