using System.Security.Cryptography;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>A cluster that has started and is left alone.</summary>
public class ServingTests(ServingTests.Fixture fixture) : IClassFixture<ServingTests.Fixture>
{
    private const int Workers = 3;

    private ClusterProcess Cluster => fixture.Cluster;

    [Fact]
    public async Task Every_slot_serves_from_a_process_of_its_own()
    {
        var slots = await Cluster.AllSlotsAsync(Workers);

        Assert.Equal(Workers, slots.Values.Select(who => who.Pid).Distinct().Count());
        Assert.All(slots.Values, who => Assert.Equal((1, Cluster.MasterPid), (who.Generation, who.MasterPid)));
        Assert.DoesNotContain(Cluster.MasterPid, slots.Values.Select(who => who.Pid));
    }

    [Fact]
    public async Task WORKER_ID_is_the_slot_and_nothing_of_the_worker_environment_is_left()
    {
        var seen = new Dictionary<int, ZooEnvironment>();
        for (var i = 0; i < 100; i++)
        {
            await using var connection = await HttpConnection.OpenAsync(Cluster.Target, Eventually.Limit);
            var who = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));
            seen[who.Slot] = ClusterProcess.Parse<ZooEnvironment>(await connection.SendAsync("/env", Eventually.Limit));
        }

        Assert.Equal([0, 1, 2], seen.Keys.Order());
        Assert.All(seen, pair => Assert.Equal(pair.Key.ToString(), pair.Value.WorkerId));
        Assert.All(seen.Values, environment => Assert.Empty(environment.Recluster));
    }

    [Fact]
    public async Task Hosted_services_run_once_in_every_worker_and_not_in_the_master()
    {
        var slots = await Cluster.AllSlotsAsync(Workers);

        var lines = Cluster.Log.Lines.Where(line => line.StartsWith("hosted service started", StringComparison.Ordinal));
        Assert.Equal(
            slots.Values.Select(who => $"hosted service started in pid {who.Pid} role worker").Order(),
            lines.Order());
        Assert.Equal("""{"starts":1}""", (await Cluster.RequestAsync("/hosted")).Text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public async Task Large_bodies_arrive_whole_in_both_directions(int bytes)
    {
        var download = await Cluster.RequestAsync($"/large?bytes={bytes}");
        var upload = await Cluster.RequestAsync("/upload", "POST", body: new byte[bytes]);

        Assert.Equal(bytes, download.Body.Length);
        Assert.Equal($$"""{"length":{{bytes}},"sha256":"{{Convert.ToHexString(SHA256.HashData(new byte[bytes]))}}"}""", upload.Text);
    }

    [Fact]
    public void The_log_tells_the_start_in_one_line_each()
    {
        Assert.Equal(Workers, Cluster.Log.Count("Worker started: slot"));
        Assert.Equal(Workers, Cluster.Log.Count("Worker ready: slot"));
        Assert.Equal(1, Cluster.Log.Count("Cluster started: 3 workers serve"));
        Assert.Equal(1, Cluster.Log.Count("Now listening on"));
        Assert.Equal(1, Cluster.Log.Count("Application started"));
        Assert.Equal(0, Cluster.Log.Count("warn:"));
        Assert.Equal(0, Cluster.Log.Count("fail:"));
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal ClusterProcess Cluster { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Cluster = await ClusterProcess.StartAsync(new() { Workers = Workers });
            await Cluster.Log.WaitForAsync("Application started");
        }

        public async Task DisposeAsync() => await Cluster.DisposeAsync();
    }

    private sealed record ZooEnvironment(string WorkerId, string[] Recluster);
}
