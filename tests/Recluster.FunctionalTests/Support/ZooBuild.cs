using System.Reflection;
using System.Runtime.InteropServices;

namespace Recluster.FunctionalTests.Support;

/// <summary>The zoo as the solution has built it.</summary>
internal static class ZooBuild
{
    internal const string Name = "WorkerZoo";

    internal static string Folder { get; } = FolderOf(Name);

    /// <summary>The folder of the .NET installation that runs this test; the zoo runs on the same.</summary>
    internal static string DotnetRoot { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    internal static string DotnetHost => Path.Combine(DotnetRoot, "dotnet");

    /// <summary>The configuration that the solution was built in.</summary>
    internal static string Configuration { get; } = Metadata("Configuration");

    /// <summary>Where the solution has built a program of the tests; "Repository" is the solution's own folder.</summary>
    internal static string FolderOf(string program) => Path.GetFullPath(Metadata(program));

    /// <summary>A release: a copy of the zoo that says which one it is.</summary>
    internal static void CopyTo(string folder, string release)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(Folder))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        File.WriteAllText(Path.Combine(folder, "release.txt"), release);
    }

    private static string Metadata(string key) =>
        typeof(ZooBuild).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}
