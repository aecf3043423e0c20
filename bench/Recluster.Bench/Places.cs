using System.Reflection;

namespace Recluster.Bench;

/// <summary>Where things are, as the build has noted it.</summary>
internal static class Places
{
    /// <summary>The program of the app under measurement.</summary>
    internal static string BenchApi { get; } = Noted("BenchApi");

    /// <summary>The folder <c>bench</c>.</summary>
    internal static string BenchFolder { get; } = Noted("BenchFolder");

    private static string Noted(string key) => Path.GetFullPath(
        typeof(Places).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!);
}
