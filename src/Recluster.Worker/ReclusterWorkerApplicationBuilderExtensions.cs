using Recluster.Lifecycle;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The second of the two lines that make an app a cluster.</summary>
public static class ReclusterWorkerApplicationBuilderExtensions
{
    /// <summary>
    /// Lets this app serve as a worker: its responses end their connections while it drains. May stand anywhere before
    /// <c>app.Run()</c>; it goes around the whole pipeline. Does nothing in the master and in single-process mode.
    /// </summary>
    /// <param name="app">The app.</param>
    /// <returns><paramref name="app"/>.</returns>
    /// <exception cref="InvalidOperationException"><c>AddRecluster</c> was not called.</exception>
    public static IApplicationBuilder UseReclusterWorker(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        WorkerPipeline.Use(app.ApplicationServices);
        return app;
    }

    /// <inheritdoc cref="UseReclusterWorker(IApplicationBuilder)"/>
    public static WebApplication UseReclusterWorker(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        WorkerPipeline.Use(app.Services);
        return app;
    }
}
