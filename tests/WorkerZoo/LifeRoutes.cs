using Recluster;

namespace WorkerZoo;

/// <summary>What changes how many workers there are, and which.</summary>
internal static class LifeRoutes
{
    private static readonly List<byte[]> Kept = [];

    internal static void Map(WebApplication app)
    {
        app.MapPost("/admin/scale", (int n, IReclusterControl cluster) => cluster.ScaleAsync(n));
        app.MapPost("/replace", (string reason, IReclusterWorker worker) => worker.RequestReplacement(reason));
        app.MapGet("/keep", (int megabytes) =>
        {
            var memory = new byte[megabytes << 20];
            Array.Fill(memory, (byte)1);
            lock (Kept)
            {
                Kept.Add(memory);
            }
        });
        app.MapGet("/starve", () =>
        {
            // More than the pool grows by in the time of a test: it adds about one thread in half a second.
            for (var i = 0; i < 500; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(_ => Thread.Sleep(Timeout.Infinite), null);
            }
        });
    }
}
