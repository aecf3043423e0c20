using Recluster.Lifecycle;

namespace Microsoft.Extensions.Hosting;

/// <summary>The second of the two lines, for a host without a web server.</summary>
public static class ReclusterWorkerHostExtensions
{
    /// <summary>
    /// Lets this host (<c>Host.CreateApplicationBuilder</c>: a queue consumer, a scheduler) run as a worker: N copies of it, reloaded and
    /// scaled like a web app. Does nothing in the master and in single-process mode.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <returns><paramref name="host"/>.</returns>
    /// <exception cref="InvalidOperationException"><c>AddRecluster</c> was not called.</exception>
    public static IHost UseReclusterWorker(this IHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        WorkerPipeline.Use(host.Services);
        return host;
    }
}
