using System.Collections.Concurrent;
using Recluster;

namespace WorkerZoo;

/// <summary>
/// What a worker did to warm up, as the app saw it; and paths that are bad until the file Zoo:Gate exists. Zoo:WarmUpCallback: "runs" (counts
/// itself), "throws", "hangs".
/// </summary>
internal static class WarmUpRoutes
{
    private static readonly ConcurrentDictionary<string, int> Seen = [];
    private static int _callbacks;

    internal static void Configure(ReclusterOptions options, IConfiguration configuration)
    {
        if (configuration["Zoo:WarmUpCallback"] is { } callback)
        {
            options.WarmUp.OnWarmUp = (services, cancellationToken) => CallBackAsync(callback, services, cancellationToken);
        }
    }

    /// <summary>Counts every request that comes to the app, by protocol, path and whether it is marked.</summary>
    internal static void Use(WebApplication app) => app.Use((context, next) =>
    {
        var mark = context.Features.Get<IReclusterWarmUpFeature>() is null ? "real" : "warm-up";
        var key = $"{mark} {context.Request.Protocol} {context.Request.Scheme} {context.Request.Method} {context.Request.Path}";
        Seen.AddOrUpdate(key, 1, (_, count) => count + 1);
        return next(context);
    });

    internal static void Map(WebApplication app)
    {
        app.MapGet("/seen", () => Seen);
        app.MapGet("/callbacks", () => new { Count = _callbacks });
        var gate = app.Configuration["Zoo:Gate"];
        app.MapGet("/fails", () => Results.StatusCode(File.Exists(gate) ? 200 : 503));
        app.MapGet("/hangs", async (HttpContext context) =>
        {
            if (File.Exists(gate))
            {
                return;
            }

            Console.Out.WriteLine($"hanging in pid {Environment.ProcessId}");
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
    }

    private static async Task CallBackAsync(string callback, IServiceProvider services, CancellationToken cancellationToken)
    {
        switch (callback)
        {
            case "throws":
                throw new InvalidOperationException("This build's callback throws.");
            case "hangs":
                await Task.Delay(Timeout.Infinite, cancellationToken);
                break;
            default:
                _ = services.GetRequiredService<IReclusterWorker>();
                Interlocked.Increment(ref _callbacks);
                break;
        }
    }
}
