namespace Recluster.Bench.Servers.Peers;

/// <summary>
/// Kestrels that each bind the port with SO_REUSEPORT, the recipe that needs no master. A reload starts new ones, waits until all listen,
/// and sends the old SIGTERM.
/// </summary>
internal sealed class NaiveReusePortPeer : Peer
{
    private const string App = "NaiveReusePort";

    private IReadOnlyList<ChildProcess> _serving = [];

    public override string Name => "naive SO_REUSEPORT Kestrel";

    public override string? Missing => BenchFiles.MissingApp(App);

    public override string? Version => Environment.Version.ToString();

    public override async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var old = _serving;
        _serving = await StartAllAsync(old.Count, cancellationToken);
        foreach (var process in old)
        {
            process.Send(Signals.Terminate);
        }
    }

    protected override async Task<ChildProcess?> LaunchAsync(int workers, CancellationToken cancellationToken)
    {
        _serving = await StartAllAsync(workers, cancellationToken);
        return _serving[0];
    }

    private async Task<IReadOnlyList<ChildProcess>> StartAllAsync(int count, CancellationToken cancellationToken)
    {
        var all = Enumerable.Range(0, count)
            .Select(_ => Spawn("dotnet", [BenchFiles.App(App), "--urls", $"http://{Address}"]))
            .ToList();

        // An answer on the shared port could be anybody's.
        await Wait.UntilAsync(
            () => all.TrueForAll(process => process.HasExited || process.Log.Contains("listening")),
            "new processes that listen",
            () => string.Concat(all.Select(process => process.Log)),
            cancellationToken);
        return all.Find(process => process.HasExited) is { } failed
            ? throw new InvalidOperationException($"it ended at its start: {failed.Log}")
            : all;
    }
}
