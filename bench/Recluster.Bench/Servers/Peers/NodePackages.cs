using System.Text.Json;

namespace Recluster.Bench.Servers.Peers;

/// <summary>The packages that npm has put into bench/peers/node.</summary>
internal static class NodePackages
{
    public static string Folder => BenchFiles.Peer("node");

    public static string? Missing(string name) => Programs.Missing("node", package: "nodejs")
        ?? (File.Exists(Manifest(name)) ? null : $"{name} is not installed: npm ci in bench/peers/node");

    public static string? VersionOf(string name)
    {
        if (!File.Exists(Manifest(name)))
        {
            return null;
        }

        using var manifest = JsonDocument.Parse(File.ReadAllText(Manifest(name)));
        return manifest.RootElement.GetProperty("version").GetString();
    }

    private static string Manifest(string name) => Path.Combine(Folder, "node_modules", name, "package.json");
}
