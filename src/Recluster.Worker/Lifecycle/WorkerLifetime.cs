using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Recluster.Lifecycle;

/// <summary>
/// The host lifetime of a worker, in place of the console's: a signal never stops a worker directly. The master coordinates,
/// and the drain must not race with a StopApplication of somebody else's signal handler.
/// </summary>
internal sealed class WorkerLifetime(WorkerIdentity identity, ILoggerFactory loggerFactory) : IHostLifetime, IDisposable
{
    // Signals without a name in PosixSignal are given by number; 12 is SIGUSR2 on x64 and arm64 (signal(7)).
    private const PosixSignal UserSignal2 = (PosixSignal)12;

    private readonly List<PosixSignalRegistration> _registrations = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        // Ctrl-C, a hang-up or a reload signal sent to the whole group is the master's business.
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGHUP, UserSignal2])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = true));
        }

        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGQUIT])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, RequestReplacement));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void RequestReplacement(PosixSignalContext context)
    {
        context.Cancel = true;
        WorkerLog.ReplacementRequested(loggerFactory.CreateLogger("Recluster.Worker"), context.Signal.ToString());
        identity.RequestReplacement($"{context.Signal} received");
    }
}
