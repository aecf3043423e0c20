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

    /// <summary>
    /// Takes the place of the framework's own lifetimes if one of them was registered after this one (UseConsoleLifetime, AddSystemd). Disposing
    /// one takes back its signal handlers, and the service manager hears nothing from it.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is another lifetime, of which nothing is known.</exception>
    internal Task TakeOverFromAsync(IHostLifetime registered, CancellationToken cancellationToken)
    {
        if (registered == this)
        {
            return Task.CompletedTask;
        }

        if (registered is not IDisposable disposable
            || registered.GetType().Namespace?.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal) != true)
        {
            throw new InvalidOperationException(
                $"A worker is led by its master, but {registered.GetType().Name} was registered as its IHostLifetime. "
                + "Call AddRecluster after the call that registers it.");
        }

        disposable.Dispose();
        return WaitForStartAsync(cancellationToken);
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
