namespace Recluster.Bench.Servers.Peers;

/// <summary>
/// puma as a cluster without preloading, and SIGUSR1: a phased restart, its own way to zero downtime. It replaces one worker after the
/// other, and busy keep-alive connections may hold each of them for its worker_shutdown_timeout of 30 s.
/// </summary>
internal sealed class PumaPeer : MasterPeer
{
    private int _phase;

    public override string Name => "puma phased restart";

    public override string? Missing => Programs.Missing("puma");

    public override string? Version => Programs.VersionOf("puma", "--version");

    /// <summary>The log has a line for each worker that has booted in the new phase.</summary>
    public override Task ReloadAsync(CancellationToken cancellationToken)
    {
        var phase = $", phase: {++_phase}";
        return ReloadAsync(Signals.User1, () => Master.Log.Split('\n').Count(IsBooted) >= Workers, cancellationToken);

        bool IsBooted(string line) => line.Contains(" booted ") && line.EndsWith(phase, StringComparison.Ordinal);
    }

    protected override ChildProcess StartMaster(int workers) => Spawn(
        Programs.PathOf("puma"),
        ["-C", BenchFiles.Peer("puma", "puma.rb"), BenchFiles.Peer("puma", "config.ru")],
        ("PORT", Port),
        ("WORKERS", workers));
}
