using System.Diagnostics;

namespace Recluster;

/// <summary>
/// Tells by facts whether the app is a guest in another program's process: a test runner, a benchmark, a design-time tool.
/// Names that the user can set, such as the application's, say nothing about it.
/// </summary>
internal static class Guest
{
    /// <summary>Runs Program.cs of an app up to its host, for WebApplicationFactory, dotnet ef, and generators of OpenAPI documents; each has a copy.</summary>
    private const string EntryPointRunner = "HostFactoryResolver";

    // Assemblies that only a host of tests, benchmarks or design-time tools loads. A dot at the end: and all that begin so.
    private static readonly string[] Hosts =
    [
        "Microsoft.AspNetCore.Mvc.Testing",
        "Microsoft.AspNetCore.TestHost",
        "testhost",
        "Microsoft.TestPlatform.CoreUtilities",
        "Microsoft.Testing.Platform",
        "Microsoft.VisualStudio.TestPlatform.TestFramework",
        "MSTest.TestFramework",
        "xunit.core",
        "xunit.execution.",
        "xunit.v3.core",
        "xunit.v3.runner.",
        "nunit.framework",
        "TUnit.Core",
        "TUnit.Engine",
        "ReSharperTestRunner",
        "JetBrains.ReSharper.TestRunner.",
        "nCrunch.TestRuntime.",
        "BenchmarkDotNet",
        "ef",
        "GetDocument.Insider",
        "dotnet-swagger",
        "NSwag.AspNetCore.Launcher",
    ];

    /// <summary>What hosts the app, in words, or null if the app was started by itself.</summary>
    internal static string? Detect() => Detect(
        new StackTrace().ToString(),
        AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name ?? ""));

    /// <param name="stack">The stack of whoever calls AddRecluster.</param>
    /// <param name="assemblies">The assemblies that are loaded.</param>
    internal static string? Detect(string stack, IEnumerable<string> assemblies)
    {
        if (stack.Contains(EntryPointRunner, StringComparison.Ordinal))
        {
            return $"{EntryPointRunner} runs its Program.cs, as WebApplicationFactory and design-time tools do";
        }

        return assemblies.FirstOrDefault(IsHost) is { } host ? $"a test host, benchmark or design-time tool runs it ('{host}' is loaded)" : null;
    }

    private static bool IsHost(string assembly) => Hosts.Any(host =>
        host[^1] == '.' ? assembly.StartsWith(host, StringComparison.Ordinal) : assembly == host);
}
