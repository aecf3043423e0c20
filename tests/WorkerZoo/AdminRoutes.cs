using Recluster;

namespace WorkerZoo;

/// <summary>The cluster, steered over HTTP by whichever worker answers.</summary>
internal static class AdminRoutes
{
    internal static void Map(WebApplication app)
    {
        app.MapGet("/admin/workers", (IReclusterControl cluster) => cluster.Workers);
        app.MapGet("/admin/active", (IReclusterControl cluster) => cluster.ActiveWorkers);
        app.MapPost("/admin/reload", async (IReclusterControl cluster) =>
            new { Pid = Environment.ProcessId, Result = await cluster.ReloadAsync() });
        app.MapPost("/admin/abort", (IReclusterControl cluster) => cluster.AbortReloadAsync());
        app.MapPost("/admin/terminate", (IReclusterControl cluster) => cluster.TerminateAsync());
    }
}
