using System.Collections;
using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Recluster;

namespace WorkerZoo;

/// <summary>What clients ask of the app, and what tests ask of the process that answers.</summary>
internal static class ZooRoutes
{
    internal static void Map(WebApplication app)
    {
        app.MapGet("/", Identity);
        app.MapGet("/wait", async (string file, IReclusterWorker worker) =>
        {
            Console.Out.WriteLine($"waiting for {file} in pid {Environment.ProcessId}");
            await Gate.WaitAsync(file);
            return Identity(worker);
        });
        app.MapGet("/large", async (int bytes, HttpResponse response) =>
        {
            var piece = new byte[8192];
            for (var left = bytes; left > 0; left -= piece.Length)
            {
                await response.Body.WriteAsync(piece.AsMemory(0, Math.Min(left, piece.Length)));
            }
        });
        app.MapGet("/crash", () => Environment.FailFast("/crash was asked for."));
        app.MapGet("/exit", (int code) => Environment.Exit(code));
        app.MapGet("/garble", (ControlChannel channel) => channel.Say("assigned to nothing that is a number"));
        app.MapGet("/mute", (ControlChannel channel) => channel.Mute());
        app.MapGet("/allocate", (int megabytes) => new { Length = Enumerable.Range(0, megabytes).Sum(_ => new byte[1 << 20].Length) });

        app.MapGet("/hosted", (HostedCounter counter) => new { counter.Starts });
        app.MapGet("/env", () => new
        {
            WorkerId = Environment.GetEnvironmentVariable("WORKER_ID"),
            Recluster = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
                .Select(entry => (string)entry.Key).Where(name => name.StartsWith("RECLUSTER_", StringComparison.Ordinal)),
        });
        app.MapGet("/setting", (IReclusterWorker worker) => new { Value = app.Configuration["Zoo:Setting"], worker.Generation, Slot = worker.Id });
        app.MapPost("/unbind", (IServer server) =>
        {
            _ = Task.Run(() => server.StopAsync(CancellationToken.None)); // It waits for the request that asks for it.
        });
        app.MapGet("/fds", () => new { Count = Directory.GetFiles("/proc/self/fd").Length });
        app.MapGet("/child", () => new { Child = Process.Start("sleep", "300").Id });
        app.MapGet("/orphan", async () =>
        {
            using var shell = Process.Start("sh", ["-c", "sleep 0.1 &"]);
            await shell.WaitForExitAsync();
        });
        app.MapGet("/where", (IHostEnvironment environment) => new
        {
            environment.ContentRootPath,
            AppContext.BaseDirectory,
            Release = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "release.txt")),
            Setting = app.Configuration["Zoo:Setting"],
        });
    }

    private static object Identity(IReclusterWorker worker) => new
    {
        Slot = worker.Id,
        Pid = Environment.ProcessId,
        worker.Generation,
        MasterPid = ParentProcessId(),
    };

    // Field 4 of /proc/self/stat (proc(5)), the second after the name in parentheses.
    private static int ParentProcessId()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
