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
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        WorkerSignals.OfThisProcess.Answer(RequestReplacement);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => WorkerSignals.OfThisProcess.Answer(null);

    private void RequestReplacement(PosixSignal signal)
    {
        WorkerLog.ReplacementRequested(loggerFactory.CreateLogger("Recluster.Worker"), signal.ToString());
        identity.RequestReplacement($"{signal} received");
    }
}
