using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Wherever Kestrel's configuration names an endpoint, every worker of every generation serves it.</summary>
public class EndpointTests
{
    private static readonly string[] BothLoopbacks = ["127.0.0.1", "::1"];

    [Theory]
    [InlineData("http://127.0.0.1:0", new[] { "127.0.0.1" })]
    [InlineData("http://0.0.0.0:0", new[] { "127.0.0.1" })]
    [InlineData("http://[::1]:0", new[] { "::1" })]
    [InlineData("http://[::]:0", new[] { "127.0.0.1", "::1" })]
    [InlineData("http://*:0", new[] { "127.0.0.1", "::1" })]
    public Task Urls_on_the_command_line(string url, string[] reachedBy) => ServesAsync(new() { Urls = url }, reachedBy);

    [Fact]
    public Task ASPNETCORE_URLS() => ServesAsync(
        new() { Urls = null, Environment = new Dictionary<string, string?> { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" } }, ["127.0.0.1"]);

    [Fact]
    public Task Kestrel_Endpoints_on_the_command_line() => ServesAsync(
        new() { Urls = null, Arguments = ["--Kestrel:Endpoints:One:Url=http://127.0.0.1:0"] }, ["127.0.0.1"]);

    [Fact]
    public async Task Kestrel_Endpoints_in_appsettings()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            folder.File("appsettings.json"), """{ "Kestrel": { "Endpoints": { "One": { "Url": "http://127.0.0.1:0" } } } }""");

        await ServesAsync(new() { Urls = null, WorkingDirectory = folder.Root }, ["127.0.0.1"]);
    }

    [Fact]
    public Task ListenAnyIP_in_code() => ServesAsync(new() { Urls = null, Arguments = ["--Zoo:Listen=any:0"] }, BothLoopbacks);

    [Fact]
    public async Task Localhost_serves_both_of_its_addresses()
    {
        var port = FreePort();
        await ServesAsync(new() { Urls = $"http://localhost:{port}" }, BothLoopbacks);
    }

    [Fact]
    public async Task ListenLocalhost_in_code()
    {
        var port = FreePort();
        await ServesAsync(new() { Urls = null, Arguments = [$"--Zoo:Listen=localhost:{port}"] }, BothLoopbacks);
    }

    [Fact]
    public async Task Several_endpoints_at_once_each_at_a_port_of_its_own()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Urls = "http://127.0.0.1:0;http://127.0.0.1:0;http://[::1]:0" });

        Assert.Equal(3, cluster.Addresses.Distinct().Count());
        foreach (var generation in (int[])[1, 2])
        {
            foreach (var address in cluster.Addresses)
            {
                var target = new LoadTarget(new IPEndPoint(IPAddress.Parse(new Uri(address).Host.Trim('[', ']')), ClusterProcess.PortOf(address)));
                Assert.All((await cluster.AllSlotsAsync(target: target)).Values, who => Assert.Equal(generation, who.Generation));
            }

            await cluster.ReloadBySignalAsync();
        }
    }

    [Fact]
    public async Task HTTPS()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = null, Arguments = ["--Zoo:Listen=https:0"] });

        Assert.StartsWith("https://", cluster.Addresses[0], StringComparison.Ordinal);
        await ServesAsync(cluster, cluster.Target with { Tls = true });
    }

    [Fact]
    public async Task An_endpoint_with_HTTP3_serves_the_rest_and_says_so()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = null, Arguments = ["--Zoo:Listen=h3:0"] });

        await ServesAsync(cluster, cluster.Target with { Tls = true });
        var response = await cluster.RequestAsync("/", target: cluster.Target with { Tls = true });
        Assert.DoesNotContain("alt-svc", response.Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Cleartext_HTTP2_only()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = null, Arguments = ["--Zoo:Listen=h2c:0"] });
        var seen = new Dictionary<int, int>();
        foreach (var generation in (int[])[1, 2])
        {
            seen.Clear();
            for (var i = 0; i < 100 && seen.Count < 2; i++)
            {
                // A client each, for a connection each.
                using var client = new HttpClient()
                {
                    DefaultRequestVersion = HttpVersion.Version20,
                    DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
                };
                var body = await client.GetByteArrayAsync(new Uri($"http://127.0.0.1:{cluster.Port}/"));
                var who = JsonSerializer.Deserialize<ZooIdentity>(body, ClusterProcess.Json)!;
                seen[who.Slot] = who.Generation;
            }

            Assert.Equal([0, 1], seen.Keys.Order());
            Assert.All(seen.Values, actual => Assert.Equal(generation, actual));
            await cluster.ReloadBySignalAsync();
        }
    }

    private static async Task ServesAsync(ZooOptions options, string[] reachedBy)
    {
        await using var cluster = await ClusterProcess.StartAsync(options);
        Assert.NotEqual(0, cluster.Port);
        await ServesAsync(cluster, [.. reachedBy.Select(address => new LoadTarget(new IPEndPoint(IPAddress.Parse(address), cluster.Port)))]);
    }

    private static async Task ServesAsync(ClusterProcess cluster, params LoadTarget[] targets)
    {
        foreach (var target in targets)
        {
            Assert.All((await cluster.AllSlotsAsync(target: target)).Values, who => Assert.Equal(1, who.Generation));
        }

        await cluster.ReloadBySignalAsync();
        foreach (var target in targets)
        {
            Assert.All((await cluster.AllSlotsAsync(target: target)).Values, who => Assert.Equal(2, who.Generation));
        }
    }

    /// <summary>Kestrel has no port 0 for localhost, as its two addresses could not share one.</summary>
    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
