using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>A reload with MaxSurge below the number of workers goes from slot to slot, and stops at the first failure.</summary>
public class RollingReloadTests
{
    private const int Workers = 3;

    [Fact]
    public async Task Each_slot_is_taken_over_before_the_next_is_begun_and_no_request_fails()
    {
        // As many as want to may start at once: only the roll keeps them apart.
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Workers = Workers, Arguments = ["--Recluster:MaxSurge=1", $"--Recluster:MaxConcurrentStarts={Workers}"] });
        await using var load = LoadRun.Start(Load(cluster));
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        var result = (await cluster.ReloadAsync()).Result;
        await cluster.WorkersWhenAsync(workers => workers.Length == Workers);
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        Assert.Equal((ReloadStatus.Succeeded, 2), (result.Status, result.Generation));
        Assert.Equal([2, 2, 2], result.SlotGenerations);
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
        Assert.All((await cluster.AllSlotsAsync(Workers)).Values, who => Assert.Equal(2, who.Generation));
        for (var slot = 1; slot < Workers; slot++)
        {
            var readyBefore = LineOf(cluster, "Worker ready", slot - 1, generation: 2);
            Assert.True(readyBefore < LineOf(cluster, "Worker started", slot, generation: 2), cluster.Log.Text);
            Assert.True(readyBefore < LineOf(cluster, "Worker exited", slot - 1, generation: 1), cluster.Log.Text);
        }
    }

    [Fact]
    public async Task A_failure_in_the_second_slot_halts_the_roll_both_generations_serve_and_the_next_good_build_completes_it()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Workers = Workers,
            Arguments = ["--Recluster:MaxSurge=1", "--Zoo:ViceSlot=1", $"--Zoo:ViceFile={folder.File("vice")}"],
        });
        var before = await cluster.AllSlotsAsync(Workers);
        await using var load = LoadRun.Start(Load(cluster));

        await File.WriteAllTextAsync(folder.File("vice"), "ThrowsInProgram");
        var halted = (await cluster.ReloadAsync()).Result;

        Assert.Equal((ReloadStatus.Halted, 1), (halted.Status, halted.Generation));
        Assert.Equal([2, 1, 1], halted.SlotGenerations);
        Assert.Contains("The new worker of slot 1 ", halted.Reason, StringComparison.Ordinal);
        Assert.Contains("The roll stopped there; slots run generations 0: 2, 1: 1, 2: 1.", halted.Reason, StringComparison.Ordinal);
        Assert.Contains(halted.ErrorOutput, line => line.Contains("This build throws in Program.cs.", StringComparison.Ordinal));
        await cluster.Log.WaitForAsync("Reload halted: generation 2 failed on its way through the slots, which now run generations 0: 2, 1: 1, 2: 1.");
        await cluster.WorkersWhenAsync(workers => workers.Length == Workers);
        var after = await cluster.AllSlotsAsync(Workers);
        Assert.Equal([2, 1, 1], after.OrderBy(pair => pair.Key).Select(pair => pair.Value.Generation));
        Assert.Equal((before[1].Pid, before[2].Pid), (after[1].Pid, after[2].Pid));

        File.Delete(folder.File("vice"));
        var good = (await cluster.ReloadAsync()).Result;

        Assert.Equal((ReloadStatus.Succeeded, 3), (good.Status, good.Generation));
        Assert.Equal([3, 3, 3], good.SlotGenerations);
        Assert.All((await cluster.AllSlotsAsync(Workers)).Values, who => Assert.Equal(3, who.Generation));
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
    }

    [Fact]
    public async Task A_failure_in_the_first_slot_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Recluster:MaxSurge=1", "--Zoo:Vice=ExitsAtOnce", "--Zoo:ViceFrom=2"] });
        var before = await cluster.AllSlotsAsync();

        var result = (await cluster.ReloadAsync()).Result;

        Assert.Equal(ReloadStatus.RolledBack, result.Status);
        Assert.Equal([1, 1], result.SlotGenerations);
        Assert.Equal(before, await cluster.AllSlotsAsync());
        Assert.Equal(1, cluster.Log.Count("generation 2: exit code 3"));
    }

    private static LoadOptions Load(ClusterProcess cluster) => new()
    {
        Target = cluster.Target,
        Mode = LoadMode.ConnectionPerRequest,
        ThinkTime = TimeSpan.FromMilliseconds(5),
    };

    private static int LineOf(ClusterProcess cluster, string what, int slot, int generation)
    {
        var line = cluster.Log.Lines.ToList().FindIndex(line =>
            line.Contains($"{what}: slot {slot}, ", StringComparison.Ordinal)
            && line.Contains($"generation {generation}", StringComparison.Ordinal));
        Assert.True(line >= 0, $"'{what}' of slot {slot} in:{Environment.NewLine}{cluster.Log.Text}");
        return line;
    }
}
