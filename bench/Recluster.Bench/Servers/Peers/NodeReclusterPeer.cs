namespace Recluster.Bench.Servers.Peers;

/// <summary>recluster on Node as in its README, in production: there old workers have an hour instead of a second to finish.</summary>
internal sealed class NodeReclusterPeer : MasterPeer
{
    public override string Name => "recluster on Node";

    public override string? Missing => NodePackages.Missing("recluster");

    public override string? Version => NodePackages.VersionOf("recluster");

    /// <summary>Its callback fires when all new workers listen; the old are told to go in the same turn.</summary>
    public override Task ReloadAsync(CancellationToken cancellationToken)
    {
        var before = Reloads();
        return ReloadAsync(Signals.User2, () => Reloads() > before, cancellationToken);
    }

    protected override ChildProcess StartMaster(int workers) => Spawn(
        Programs.PathOf("node"),
        [Path.Combine(NodePackages.Folder, "cluster.js")],
        ("PORT", Port),
        ("WORKERS", workers),
        ("NODE_ENV", "production"));

    private int Reloads() => Master.Log.Split('\n').Count(line => line == "reloaded");
}
