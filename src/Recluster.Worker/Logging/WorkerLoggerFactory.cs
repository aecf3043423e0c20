using Microsoft.Extensions.Logging;
using Recluster.WarmUp;

namespace Recluster.Logging;

/// <summary>
/// Another logger factory than the framework's (Serilog's, NLog's), as a worker uses it. It reads neither the framework's filters nor its scopes, so what
/// they do is done here, around each of its loggers.
/// </summary>
/// <param name="inner">The app's factory.</param>
/// <param name="ownsInner">Whether it ends with this one.</param>
/// <param name="phase">Whether the worker warms up.</param>
/// <param name="scope">Slot and generation.</param>
internal sealed class WorkerLoggerFactory(ILoggerFactory inner, bool ownsInner, WarmUpPhase phase, WorkerScope scope) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new WorkerLogger(inner.CreateLogger(categoryName), categoryName, phase, scope);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        if (ownsInner)
        {
            inner.Dispose();
        }
    }
}
