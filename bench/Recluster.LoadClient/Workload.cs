namespace Recluster.LoadClient;

/// <summary>A way in which clients use a server, by name.</summary>
/// <param name="Name">The name, as it stands in tables.</param>
/// <param name="Options">What the clients do, once the server is known; null where the server has no such endpoint.</param>
public sealed record Workload(string Name, Func<LoadTargets, LoadOptions?> Options)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
