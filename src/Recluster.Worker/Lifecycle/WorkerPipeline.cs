using Microsoft.Extensions.DependencyInjection;
using Recluster.Hosts;

namespace Recluster.Lifecycle;

/// <summary>Remembers whether the app called <c>UseReclusterWorker</c>.</summary>
internal sealed class WorkerPipeline
{
    private bool _isInUse;

    /// <summary>To be called when the web host has started, since a Startup class says it while its pipeline is built.</summary>
    /// <exception cref="InvalidOperationException">The app has not called it.</exception>
    internal void ThrowIfNotInUse()
    {
        if (!_isInUse)
        {
            throw StartMistake.Of(new InvalidOperationException(
                "Program.cs calls AddRecluster, but not UseReclusterWorker, so its workers could not drain. Add app.UseReclusterWorker() "
                + "after builder.Build(), anywhere before app.Run(), or in Startup.Configure. In a host without a web server add host.UseReclusterWorker()."));
        }
    }

    internal static void Use(IServiceProvider services)
    {
        var pipeline = services.GetService<WorkerPipeline>()
            ?? throw new InvalidOperationException(
                "UseReclusterWorker needs its services: call builder.Services.AddRecluster() before builder.Build().");
        pipeline._isInUse = true;
    }
}
