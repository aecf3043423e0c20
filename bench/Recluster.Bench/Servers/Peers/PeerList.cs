namespace Recluster.Bench.Servers.Peers;

/// <summary>The peers in the order of the table. Each call of an item makes a server of its own.</summary>
internal static class PeerList
{
    public static IReadOnlyList<Func<IBenchServer>> All() =>
    [
        () => new NaiveReusePortPeer(),
        () => new ProxyPeer(new NginxProxy(reusePort: false)),
        () => new ProxyPeer(new NginxProxy(reusePort: true)),
        () => new ProxyPeer(new HaproxyProxy(idleCloseOnResponse: false)),
        () => new ProxyPeer(new HaproxyProxy(idleCloseOnResponse: true)),
        () => new BlueGreenPeer(new NginxProxy(reusePort: false)),
        () => new BlueGreenPeer(new HaproxyProxy(idleCloseOnResponse: false)),
        () => new GunicornPeer(),
        () => new PumaPeer(),
        () => new Pm2Peer(),
        () => new NodeReclusterPeer(),
    ];
}
