using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Lifecycle;
using Recluster.Platform;

namespace Recluster.Hosts;

/// <summary>
/// Hosts in a worker. The first that starts is the worker, with a lifetime of ours whatever the app registers (UseConsoleLifetime,
/// RunConsoleAsync). Another one beside it does nothing here, since it runs in the master. The process ends with its worker.
/// </summary>
internal sealed class WorkerRole(WorkerLifetime workerLifetime, IHostApplicationLifetime lifetime, TimeProvider time, ILoggerFactory loggerFactory)
    : IHostRole
{
    // How long Program.cs may take to go on when its app is told to stop.
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(1);

    // How long it may then take to end, or to ask for the stop, before the process is ended for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");

    public IHost Begin(ReclusterHost host, IHost app)
    {
        var seat = ClusterSeat.OfThisProcess;
        if (seat.IsLeft)
        {
            // A Program.cs that builds and runs its host again and again.
            WorkerLog.HostRestarted(_logger);
            Environment.Exit(Environment.ExitCode);
        }

        if (!seat.TryTake(host))
        {
            WorkerLog.HostSkipped(_logger);
            seat.WhenLeft(lifetime.StopApplication);
            return new NoHost(app.Services);
        }

        lifetime.ApplicationStopping.Register(() => _ = EndAsync(host));
        return HostOverrides.HostOver(app.Services, new Dictionary<Type, object> { [typeof(IHostLifetime)] = workerLifetime });
    }

    public void End(ReclusterHost host)
    {
        if (ClusterSeat.OfThisProcess.Leave(host))
        {
            _ = TellOthersAsync();
        }
    }

    /// <summary>
    /// Program.cs may run another host beside its app, without AddRecluster. A process that is told to end is told by SIGTERM, so that
    /// host knows what to do. It is never the end of the process by itself (WorkerSignals).
    /// </summary>
    private async Task TellOthersAsync()
    {
        await Task.Delay(Courtesy, time);
        _ = Libc.Signal(Environment.ProcessId, Libc.SigTerm);
    }

    /// <summary>
    /// Program.cs may wait for something else than its app: for a line on the console, or for ever. Nobody would stop the host then, and
    /// the process would be there until the master kills it.
    /// </summary>
    private async Task EndAsync(ReclusterHost host)
    {
        await Task.Delay(Courtesy, time);
        if (host.IsStopAsked)
        {
            return;
        }

        try
        {
            await host.StopRunningAsync();
        }
        catch (Exception e)
        {
            WorkerLog.HostStopFailed(_logger, e);
        }

        await Task.Delay(Patience, time);
        if (!host.IsStopAsked)
        {
            Environment.Exit(Environment.ExitCode);
        }
    }

    /// <summary>A host that starts nothing.</summary>
    private sealed class NoHost(IServiceProvider services) : IHost
    {
        public IServiceProvider Services => services;

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
