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

    /// <summary>Where the solution has built a program of the tests.</summary>
    internal static string FolderOf(string program) => Path.GetFullPath(
        typeof(ZooBuild).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == program).Value!);

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
}
