namespace Recluster.Lifecycle;

/// <summary>Remembers whether the app called <c>UseReclusterWorker</c>.</summary>
internal sealed class WorkerPipeline
{
    internal bool IsInUse { get; set; }
}
