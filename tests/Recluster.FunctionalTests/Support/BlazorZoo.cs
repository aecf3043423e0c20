using System.Reflection;

namespace Recluster.FunctionalTests.Support;

/// <summary>The app with SignalR hubs and Blazor Server pages.</summary>
internal static class BlazorZoo
{
    private static readonly string Dll = Path.GetFullPath(Path.Combine(
        typeof(BlazorZoo).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "WorkerZoo.Blazor").Value!,
        "WorkerZoo.Blazor.dll"));

    internal static ZooOptions Options(params string[] arguments) => new()
    {
        Command = [ZooBuild.DotnetHost, Dll],
        Arguments = ["--Recluster:MaxConcurrentStarts=2", $"--Zoo:SignalRScript={Script}", .. arguments],
    };

    internal static string Url(ClusterProcess cluster, string path) => $"http://127.0.0.1:{cluster.Port}{path}";

    // As a browser loads it.
    private static string Script => Path.Combine(Tools.Clients, "node_modules/@microsoft/signalr/dist/browser/signalr.js");
}
