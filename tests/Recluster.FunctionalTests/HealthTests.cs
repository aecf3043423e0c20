using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>The health check of the cluster, as its workers answer it.</summary>
public class HealthTests
{
    private const int Workers = 3;

    private static readonly string[] NoRespawn = ["--Recluster:RespawnDelay=00:05:00", "--Recluster:MaxRespawnDelay=00:10:00"];

    [Fact]
    public async Task With_every_slot_served_each_worker_says_healthy()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = Workers });

        var health = await OfAllAsync(cluster, "Healthy");

        Assert.Equal(
            new Dictionary<string, string> { ["generation"] = "1", ["slots"] = "3", ["served"] = "3", ["slotGenerations"] = "1,1,1" }, health.Data);
    }

    [Fact]
    public async Task With_a_slot_empty_each_worker_says_degraded_until_a_reload_fills_it()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = Workers, Arguments = NoRespawn });
        Posix.Signal((await cluster.AllSlotsAsync(Workers))[1].Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker died: slot 1");

        var health = await OfAllAsync(cluster, "Degraded", serving: 2);
        Assert.Equal(("2", "1,-,1"), (health.Data["served"], health.Data["slotGenerations"]));

        await cluster.ReloadBySignalAsync();
        health = await OfAllAsync(cluster, "Healthy");
        Assert.Equal(("2", "3", "Succeeded"), (health.Data["generation"], health.Data["served"], health.Data["lastReload"]));
    }

    [Fact]
    public async Task After_a_roll_back_it_is_healthy_and_its_data_say_why_the_reload_failed()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Workers = Workers, Arguments = [$"--Zoo:ViceFile={folder.File("vice")}"] });
        await File.WriteAllTextAsync(folder.File("vice"), "ExitsAtOnce");

        await cluster.ReloadBySignalAsync("Reload rolled back");

        var health = await OfAllAsync(cluster, "Healthy");
        Assert.Equal(("1", "1,1,1", "RolledBack"), (health.Data["generation"], health.Data["slotGenerations"], health.Data["lastReload"]));
        Assert.Contains("exit code 3", health.Data["lastReloadReason"], StringComparison.Ordinal);
    }

    /// <summary>What all who serve answer, which is the same, once so many of them have this status.</summary>
    private static async Task<Health> OfAllAsync(ClusterProcess cluster, string status, int serving = Workers)
    {
        var answers = new Dictionary<int, Health>();
        await Eventually.GetAsync(
            async () =>
            {
                var health = await cluster.GetAsync<Health>("/health");
                if (health.Status == status)
                {
                    answers[health.Pid] = health;
                }

                return answers.Count == serving ? health : null;
            },
            () => $"{status} by {serving} workers: {string.Join("; ", answers.Values)}");
        var first = answers.Values.First();
        Assert.All(answers.Values, health => Assert.Equal(first.Data, health.Data));
        return first;
    }

    private sealed record Health(string Status, string Description, Dictionary<string, string> Data, int Pid);
}
