using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>A bad build is deployed and a reload is asked for: the old generation goes on, and the next good build reloads.</summary>
[Collection(LoadCollection.Name)]
public class BadBuildTests
{
    // "KilledAtStart" stands in for the kernel's kill at the memory limit of a cgroup, which a test may not be allowed to make.
    [Theory]
    [InlineData("ThrowsInProgram", "ended: signal SIGABRT", "This build throws in Program.cs.")]
    [InlineData("HostedServiceThrows", "ended: signal SIGABRT", "This build's hosted service throws.")]
    [InlineData("ExitsAtOnce", "ended: exit code 3", "This build exits at once.")]
    [InlineData("KilledAtStart", "ended: signal SIGKILL", "This build is killed at its start.")]
    [InlineData("DiesInStandby", "ended: exit code 9", "This build dies in phase Standby.")]
    [InlineData("DiesAfterTwoSeconds", "ended: exit code 9", "This build dies 00:00:02 after it has started.", "--Recluster:MinUptime=00:00:05")]
    [InlineData("ListensElsewhere", "All workers have to listen on the same endpoints: do not choose a port anew in each process.", null)]
    [InlineData("NoReclusterWorker", "ended: signal SIGABRT", "Program.cs calls AddRecluster, but not UseReclusterWorker")]
    [InlineData(
        "NeverReady", "timeout, it was not ready within StartTimeout (00:00:06) and was killed", null, "--Recluster:StartTimeout=00:00:06")]
    [InlineData(
        "UnhealthyUntilGate",
        "it waited for health checks: database is unhealthy (This build's database is away.)",
        null,
        "--Recluster:StartTimeout=00:00:08",
        "--Recluster:ReadyWhen=Healthy")]
    public async Task A_bad_build_is_rolled_back_without_a_failed_request_and_the_next_good_one_reloads(
        string vice, string reason, string? errorOutput, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        await DeployAsync(
            new() { Arguments = [$"--Zoo:ViceFile={folder.File("vice")}", .. arguments] },
            deployBad: () => File.WriteAllText(folder.File("vice"), vice),
            deployGood: () => File.Delete(folder.File("vice")),
            reason,
            errorOutput);
    }

    [Fact]
    public async Task A_build_that_lacks_a_DLL_is_rolled_back_and_the_next_good_one_reloads()
    {
        using var folder = new TemporaryFolder();
        var library = LibraryOfCopy(folder);
        await DeployAsync(
            Copy(folder),
            deployBad: () => File.Move(library, library + ".away"),
            deployGood: () => File.Move(library + ".away", library),
            "ended: signal SIGABRT",
            $"Could not load file or assembly '{Path.GetFileNameWithoutExtension(library)},");
    }

    [Fact]
    public async Task A_build_with_a_corrupt_DLL_is_rolled_back_and_the_next_good_one_reloads()
    {
        using var folder = new TemporaryFolder();
        var library = LibraryOfCopy(folder);
        await DeployAsync(
            Copy(folder),
            deployBad: () =>
            {
                File.Copy(library, library + ".good");
                File.WriteAllText(library + ".bad", "This is no assembly.");
                Posix.RenameOver(library + ".bad", library);
            },
            deployGood: () => Posix.RenameOver(library + ".good", library),
            "ended: signal SIGABRT",
            Path.GetFileNameWithoutExtension(library));
    }

    private static string LibraryOfCopy(TemporaryFolder folder)
    {
        ZooBuild.CopyTo(folder.File("app"), "copy");
        return Path.Combine(folder.File("app"), "Recluster.Hosting.dll");
    }

    private static ZooOptions Copy(TemporaryFolder folder) => new()
    {
        Command = [ZooBuild.DotnetHost, Path.Combine(folder.File("app"), ZooBuild.Name + ".dll")],
    };

    private static async Task DeployAsync(ZooOptions options, Action deployBad, Action deployGood, string reason, string? errorOutput)
    {
        await using var cluster = await ClusterProcess.StartAsync(options with { Urls = "http://127.0.0.1:0;http://[::1]:0" });
        var before = await cluster.AllSlotsAsync();
        await using var load = LoadRun.Start(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, ThinkTime = TimeSpan.FromMilliseconds(5) });

        deployBad();
        var bad = (await cluster.ReloadAsync()).Result;
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        Assert.Equal((ReloadStatus.RolledBack, 1), (bad.Status, bad.Generation));
        Assert.Equal([1, 1], bad.SlotGenerations);
        Assert.Contains(reason, bad.Reason, StringComparison.Ordinal);
        var line = await cluster.Log.WaitForAsync("Reload rolled back: generation 2 failed, generation 1 goes on serving.");
        Assert.Contains(bad.Reason!, line, StringComparison.Ordinal);
        if (errorOutput is not null)
        {
            Assert.Contains(bad.ErrorOutput, text => text.Contains(errorOutput, StringComparison.Ordinal));
        }

        Assert.Equal(before.Values.Select(who => who.Pid).Order(), (await cluster.AllSlotsAsync()).Values.Select(who => who.Pid).Order());
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);

        deployGood();
        var good = (await cluster.ReloadAsync()).Result;

        Assert.Equal((ReloadStatus.Succeeded, 3), (good.Status, good.Generation));
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
    }
}
