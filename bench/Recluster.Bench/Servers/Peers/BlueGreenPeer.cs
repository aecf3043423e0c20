namespace Recluster.Bench.Servers.Peers;

/// <summary>
/// A proxy in front of one Kestrel. A reload starts another, switches the upstream to it when it answers, reloads the proxy, and sends the
/// old one SIGTERM.
/// </summary>
internal sealed class BlueGreenPeer(IProxy proxy) : ProxyPeer(proxy)
{
    private ChildProcess _serving = null!;

    public override string Name => $"blue/green behind {base.Name}";

    public override async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var old = _serving;
        (_serving, var address) = await StartKestrelAsync(cancellationToken);
        Configure([address]);
        await base.ReloadAsync(cancellationToken);
        old.Send(Signals.Terminate);
    }

    protected override async Task<ChildProcess?> LaunchAsync(int workers, CancellationToken cancellationToken)
    {
        (_serving, var address) = await StartKestrelAsync(cancellationToken);
        return StartProxy(workers, [address]);
    }
}
