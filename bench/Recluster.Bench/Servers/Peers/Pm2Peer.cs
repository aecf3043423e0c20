using System.Globalization;

namespace Recluster.Bench.Servers.Peers;

/// <summary>
/// PM2 in cluster mode with wait_ready and a kill_timeout of 3 s, as its page on graceful reloads has them, and an app that closes its
/// server at SIGINT.
/// </summary>
internal sealed class Pm2Peer : Peer
{
    private int _workers;

    public override string Name => "PM2 reload";

    public override string? Missing => NodePackages.Missing("pm2");

    public override string? Version => NodePackages.VersionOf("pm2");

    // The daemon has detached itself from the command that started it.
    public override IReadOnlyList<int> ProcessIds => File.Exists(DaemonFile)
        ? ProcessTree.Of(int.Parse(File.ReadAllText(DaemonFile), CultureInfo.InvariantCulture))
        : [];

    private string DaemonFile => Path.Combine(Folder, "pm2.pid");

    /// <summary>The command returns when every worker has been replaced.</summary>
    public override Task ReloadAsync(CancellationToken cancellationToken) => CommandAsync(cancellationToken, "reload", "bench");

    public override async ValueTask DisposeAsync()
    {
        var processes = ProcessIds;
        if (processes.Count > 0)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await CommandAsync(limit.Token, "kill").ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        foreach (var id in processes.Intersect(ProcessIds))
        {
            Signals.Send(id, Signals.Kill);
        }

        await base.DisposeAsync();
    }

    protected override async Task<ChildProcess?> LaunchAsync(int workers, CancellationToken cancellationToken)
    {
        _workers = workers;
        await CommandAsync(cancellationToken, "start", Path.Combine(NodePackages.Folder, "ecosystem.config.js"));
        return null;
    }

    private Task CommandAsync(CancellationToken cancellationToken, params string[] command) => Spawn(
        Programs.PathOf("node"),
        [Path.Combine(NodePackages.Folder, "node_modules", "pm2", "bin", "pm2"), .. command],
        ("PM2_HOME", Folder),
        // Else its daemon asks its makers once a day whether there is a newer one.
        ("PM2_DISABLE_VERSION_CHECK", 1),
        ("PORT", Port),
        ("WORKERS", _workers)).SucceedAsync(cancellationToken);
}
