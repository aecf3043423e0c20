using System.Globalization;

namespace Recluster.Bench.Servers.Peers;

/// <summary>
/// nginx with connections kept to its upstreams, as its documentation advises; with or without a socket for each worker (reuseport).
/// </summary>
internal sealed class NginxProxy(bool reusePort) : IProxy
{
    public string Name => reusePort ? "nginx reuseport" : "nginx";

    public string? Missing => Programs.Missing("nginx");

    public string? Version => Programs.VersionOf("nginx", "-v");

    public void Configure(string folder, int port, int workers, IReadOnlyList<string> upstreams) => BenchFiles.Fill(
        folder,
        "nginx",
        "nginx.conf",
        ("folder", folder),
        ("port", port.ToString(CultureInfo.InvariantCulture)),
        ("workers", workers),
        ("reuseport", reusePort ? " reuseport" : ""),
        ("servers", string.Join('\n', upstreams.Select(upstream => $"        server {upstream};"))));

    public IReadOnlyList<string> CommandLine(string folder) =>
        [Programs.PathOf("nginx"), "-e", "stderr", "-c", Path.Combine(folder, "nginx.conf")];

    /// <summary>
    /// "nginx -s reload" sends this signal. The master starts new workers first; an old one that has been told says so in its title.
    /// </summary>
    public Task ReloadAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        var old = ProcessTree.ChildrenOf(process.Id);
        process.Send(Signals.Hangup);
        return Wait.UntilAsync(
            () => old.All(id => ProcessTree.TitleOf(id) is "" || ProcessTree.TitleOf(id).Contains("shutting down")),
            "nginx's old workers on their way out",
            () => process.Log,
            cancellationToken);
    }
}
