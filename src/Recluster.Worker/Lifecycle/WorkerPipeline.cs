using Microsoft.Extensions.DependencyInjection;

namespace Recluster.Lifecycle;

/// <summary>Remembers whether the app called <c>UseReclusterWorker</c>.</summary>
internal sealed class WorkerPipeline
{
    internal bool IsInUse { get; private set; }

    internal static void Use(IServiceProvider services)
    {
        var pipeline = services.GetService<WorkerPipeline>()
            ?? throw new InvalidOperationException(
                "UseReclusterWorker needs its services: call builder.Services.AddRecluster() before builder.Build().");
        pipeline.IsInUse = true;
    }
}
