using System.Globalization;

namespace Recluster.FunctionalTests.Support;

/// <summary>Starts tests/WorkerZoo.Hosts in one of its shapes, and reads what its hosted services say.</summary>
internal static class HostShape
{
    private const string Zoo = "WorkerZoo.Hosts";

    private static readonly string Dll = Path.Combine(ZooBuild.FolderOf(Zoo), Zoo + ".dll");

    internal static ZooOptions Options(string shape, params string[] arguments) => new()
    {
        Command = [ZooBuild.DotnetHost, Dll],
        Arguments = [$"--shape={shape}", .. arguments],
    };

    /// <summary>In which processes a hosted service has started, in order.</summary>
    internal static IReadOnlyList<int> ProcessesOf(this OutputLog log, string service) =>
    [
        .. log.Lines.Where(line => line.StartsWith($"{service} started in pid ", StringComparison.Ordinal))
            .Select(line => int.Parse(line.Split(' ')[4], CultureInfo.InvariantCulture)),
    ];
}
