using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>Small messages between the processes of the cluster.</summary>
public class BusTests
{
    private const int Workers = 3;

    [Fact]
    public async Task A_message_reaches_every_worker_and_the_master_once()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = Workers });
        await using var slots = await SlotConnections.OpenAsync(cluster, Workers);

        await slots.RequestAsync(0, "/bus/publish?topic=other&bytes=1", "POST");
        await slots.RequestAsync(0, "/bus/publish?topic=cache&bytes=4711", "POST");

        await cluster.Log.WaitForAsync("once per cluster got 4711 bytes");
        for (var slot = 0; slot < Workers; slot++)
        {
            // In the order of publishing: when the second is there, the first is.
            Assert.Equal(1, (await CountsAsync(slots, slot, cache: 1))["other"]);
        }

        await slots.RequestAsync(1, "/bus/publish?topic=nobody-listens&bytes=1", "POST");
        await slots.RequestAsync(1, "/bus/publish?topic=cache&bytes=0", "POST");
        for (var slot = 0; slot < Workers; slot++)
        {
            await CountsAsync(slots, slot, cache: 2);
        }
    }

    [Fact]
    public async Task A_message_reaches_the_workers_of_a_new_generation()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await cluster.ReloadBySignalAsync();
        await using var slots = await SlotConnections.OpenAsync(cluster);

        await slots.RequestAsync(1, "/bus/publish?topic=cache&bytes=1", "POST");

        await CountsAsync(slots, 0, cache: 1);
        await CountsAsync(slots, 1, cache: 1);
    }

    [Fact]
    public async Task The_largest_payload_arrives_and_a_larger_one_and_an_empty_topic_are_refused()
    {
        await using var cluster = await ClusterProcess.StartAsync();

        var larger = await cluster.RequestAsync($"/bus/publish?topic=cache&bytes={IReclusterBus.MaxPayload + 1}", "POST");
        var unnamed = await cluster.RequestAsync("/bus/publish?topic=&bytes=1", "POST");
        var longNamed = await cluster.RequestAsync($"/bus/publish?topic={new string('x', IReclusterBus.MaxTopic + 1)}&bytes=1", "POST");
        var largest = await cluster.RequestAsync($"/bus/publish?topic=cache&bytes={IReclusterBus.MaxPayload}", "POST");

        Assert.All([larger, unnamed, longNamed], answer => Assert.StartsWith("Argument", answer.Text, StringComparison.Ordinal));
        Assert.Equal("published", largest.Text);
        await cluster.Log.WaitForAsync($"once per cluster got {IReclusterBus.MaxPayload} bytes");
        Assert.Equal(1, cluster.Log.Count("once per cluster got"));
    }

    private static Task<Dictionary<string, int>> CountsAsync(SlotConnections slots, int slot, int cache) => Eventually.GetAsync(
        async () =>
        {
            var counts = await slots.GetAsync<Dictionary<string, int>>(slot, "/bus/counts");
            return counts.GetValueOrDefault("cache") == cache ? counts : null;
        },
        () => $"{cache} messages in slot {slot}");
}
