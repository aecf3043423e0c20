using System.Reflection;

namespace Recluster.FunctionalTests.Support;

/// <summary>Programs that are no part of .NET; .ci/run installs them. A test that needs one is skipped where it is missing, and says so.</summary>
internal static class Tools
{
    /// <summary>The folder of the JavaScript clients.</summary>
    internal static string Clients { get; } = Path.GetFullPath(
        typeof(Tools).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "Clients").Value!);

    internal static string? Node { get; } = Find("node");

    internal static string? Chromium { get; } = Find("chromium") ?? Find("chromium-browser") ?? Find("google-chrome");

    /// <summary>Why there are no JavaScript clients; null if there are.</summary>
    internal static string? WhyNoClients => Node is null
        ? "Needs node (Debian: nodejs, npm)."
        : Directory.Exists(Path.Combine(Clients, "node_modules", "@microsoft", "signalr"))
            ? null
            : "Needs the JavaScript clients: npm ci --prefix tests/Recluster.FunctionalTests/Clients";

    /// <summary>Why there is no browser; null if there is one.</summary>
    internal static string? WhyNoBrowser => WhyNoClients ?? (Chromium is null ? "Needs Chromium (Debian: chromium)." : null);

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}

/// <summary>A test with JavaScript clients.</summary>
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute() => Skip = Tools.WhyNoClients;
}

/// <summary>A test with JavaScript clients.</summary>
internal sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute() => Skip = Tools.WhyNoClients;
}

/// <summary>A test in a headless browser.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Tools.WhyNoBrowser;
}
