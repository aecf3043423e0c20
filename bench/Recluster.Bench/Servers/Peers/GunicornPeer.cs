namespace Recluster.Bench.Servers.Peers;

/// <summary>gunicorn with threads and HUP, its documented way to new code: new workers are started, the old stop gracefully.</summary>
internal sealed class GunicornPeer : MasterPeer
{
    public override string Name => "gunicorn gthread";

    public override string? Missing => Programs.Missing("gunicorn");

    public override string? Version => Programs.VersionOf("gunicorn", "--version");

    /// <summary>It does not say when it is done; that all workers are others is what can be seen.</summary>
    public override Task ReloadAsync(CancellationToken cancellationToken)
    {
        var old = ProcessTree.ChildrenOf(Master.Id);
        return ReloadAsync(Signals.Hangup, IsDone, cancellationToken);

        bool IsDone() => ProcessTree.ChildrenOf(Master.Id) is var now && now.Count >= Workers && !now.Overlaps(old);
    }

    // Of the kinds of worker that need no further package gthread alone keeps connections alive.
    protected override ChildProcess StartMaster(int workers) => Spawn(
        Programs.PathOf("gunicorn"),
        [
            "--bind", Address, "--workers", $"{workers}", "--worker-class", "gthread", "--threads", "8", "--keep-alive", "65",
            "--chdir", BenchFiles.Peer("gunicorn"), "--worker-tmp-dir", "/dev/shm", "app:app",
        ],
        ("PYTHONDONTWRITEBYTECODE", 1));
}
