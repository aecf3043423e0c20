namespace Recluster.FunctionalTests.Support;

/// <summary>A folder of a test's own; its path is short enough for a Unix domain socket.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    internal string Root { get; } = Directory.CreateTempSubdirectory("recluster-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    internal string File(string name) => Path.Combine(Root, name);
}
