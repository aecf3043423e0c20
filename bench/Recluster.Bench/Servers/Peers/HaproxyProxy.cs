using System.Globalization;

namespace Recluster.Bench.Servers.Peers;

/// <summary>
/// haproxy in master-worker mode, with sockets handed from worker to worker (expose-fd listeners), as its documentation has it for reloads
/// without loss. Idle connections are closed at a reload, its default, or, with idle-close-on-response, after their next response.
/// </summary>
internal sealed class HaproxyProxy(bool idleCloseOnResponse) : IProxy
{
    public string Name => idleCloseOnResponse ? "haproxy idle-close-on-response" : "haproxy";

    public string? Missing => Programs.Missing("haproxy");

    public string? Version => Programs.VersionOf("haproxy", "-v");

    public void Configure(string folder, int port, int workers, IReadOnlyList<string> upstreams) => BenchFiles.Fill(
        folder,
        "haproxy",
        "haproxy.cfg",
        ("folder", folder),
        ("port", port.ToString(CultureInfo.InvariantCulture)),
        ("workers", workers),
        ("options", idleCloseOnResponse ? "    option idle-close-on-response" : ""),
        ("servers", string.Join('\n', upstreams.Select((upstream, at) => $"    server app{at} {upstream}"))));

    public IReadOnlyList<string> CommandLine(string folder) =>
        [Programs.PathOf("haproxy"), "-W", "-f", Path.Combine(folder, "haproxy.cfg")];

    /// <summary>The master reads the configuration, tells the old worker to go, and starts the new one, in this order.</summary>
    public Task ReloadAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        var old = ProcessTree.ChildrenOf(process.Id);
        process.Send(Signals.User2);
        return Wait.UntilAsync(
            () => ProcessTree.ChildrenOf(process.Id).Except(old).Any(),
            "a new worker of haproxy",
            () => process.Log,
            cancellationToken);
    }
}
