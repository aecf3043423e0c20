using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Recluster.Bench.Scenarios;

namespace Recluster.Bench.Report;

/// <summary>
/// bench/RESULTS.md, put together from one file for each scenario in bench/results, so that a run of some leaves the sections of the others.
/// </summary>
internal static class Results
{
    private static readonly string Folder = Path.Combine(Places.BenchFolder, "results");

    internal static void Write(IScenario scenario, string text, string command)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(
            FileOf(scenario),
            $"""
            ## {scenario.Title}

            {DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}, version {Version}, `{command}`.

            {text.Trim()}

            """);
    }

    internal static void Assemble(IReadOnlyList<IScenario> all)
    {
        var results = new StringBuilder();
        results.AppendLine(CultureInfo.InvariantCulture, $"""
            # Results

            Written by `bench/run`, which repeats all of it. {Environment.ProcessorCount} cores shared with the load generator, Linux {Environment.OSVersion.Version},
            {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}. Ratios are between measurements of the same run; counts are absolute.

            """);
        foreach (var scenario in all.Where(scenario => File.Exists(FileOf(scenario))))
        {
            results.AppendLine(File.ReadAllText(FileOf(scenario)));
        }

        File.WriteAllText(Path.Combine(Places.BenchFolder, "RESULTS.md"), results.ToString().TrimEnd() + Environment.NewLine);
    }

    private static string Version =>
        typeof(Results).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion is var version
        && version.IndexOf('+', StringComparison.Ordinal) is > 0 and var plus
            ? version[..Math.Min(version.Length, plus + 8)]
            : version;

    private static string FileOf(IScenario scenario) => Path.Combine(Folder, scenario.Name + ".md");
}
