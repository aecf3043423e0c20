using System.Globalization;
using Recluster.LoadClient;

namespace Recluster.Bench.Servers.Peers;

/// <summary>A proxy in front of as many plain Kestrels as there are workers. The reload is the proxy's own; the Kestrels stay.</summary>
internal class ProxyPeer(IProxy proxy) : Peer
{
    private const string App = "BenchApi";

    private int _workers;
    private ChildProcess _process = null!;

    public override string Name => proxy.Name;

    public override string? Missing => proxy.Missing ?? BenchFiles.MissingApp(App);

    public override string? Version => proxy.Version;

    public override Task ReloadAsync(CancellationToken cancellationToken) => proxy.ReloadAsync(_process, cancellationToken);

    protected override async Task<ChildProcess?> LaunchAsync(int workers, CancellationToken cancellationToken)
    {
        var upstreams = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => StartKestrelAsync(cancellationToken)));
        return StartProxy(workers, [.. upstreams.Select(upstream => upstream.Address)]);
    }

    protected ChildProcess StartProxy(int workers, IReadOnlyList<string> upstreams)
    {
        _workers = workers;
        Configure(upstreams);
        var line = proxy.CommandLine(Folder);
        return _process = Spawn(line[0], line.Skip(1));
    }

    protected void Configure(IReadOnlyList<string> upstreams) => proxy.Configure(Folder, Port, _workers, upstreams);

    protected async Task<(ChildProcess Process, string Address)> StartKestrelAsync(CancellationToken cancellationToken)
    {
        var port = FreePort();
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        var process = Spawn("dotnet", [BenchFiles.App(App), "--urls", $"http://{address}"]);
        await Wait.UntilAnswersAsync(process, LoadTarget.Loopback(port), cancellationToken);
        return (process, address);
    }
}
