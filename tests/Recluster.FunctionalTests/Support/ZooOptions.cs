namespace Recluster.FunctionalTests.Support;

/// <summary>How the zoo is started.</summary>
internal sealed record ZooOptions
{
    /// <summary>Where it listens, for --urls; null leaves it to the rest.</summary>
    public string? Urls { get; init; } = "http://127.0.0.1:0";

    public int Workers { get; init; } = 2;

    /// <summary>Whether its workers warm up, which costs each of them seconds in a reload. Off but where it matters.</summary>
    public bool WarmUp { get; init; }

    /// <summary>Further arguments, such as <c>--Recluster:DrainTimeout=00:00:01</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Further environment variables; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The command as it is typed, arguments excluded.</summary>
    public IReadOnlyList<string> Command { get; init; } = [ZooBuild.DotnetHost, Path.Combine(ZooBuild.Folder, ZooBuild.Name + ".dll")];

    /// <summary>Whether the test holds its standard input open, as a terminal does.</summary>
    public bool HoldsInput { get; init; }

    /// <summary>Null: a temporary folder of its own.</summary>
    public string? WorkingDirectory { get; init; }
}
