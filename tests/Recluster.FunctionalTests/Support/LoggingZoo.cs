using System.Reflection;

namespace Recluster.FunctionalTests.Support;

/// <summary>The zoo that logs with the packages that people use, as the solution has built it.</summary>
internal static class LoggingZoo
{
    private const string Name = "WorkerZoo.Logging";

    internal static string Executable { get; } = Path.GetFullPath(Path.Combine(
        typeof(LoggingZoo).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == Name).Value!, Name));
}
