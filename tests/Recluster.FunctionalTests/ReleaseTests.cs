using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>A generation runs the release that it began with, whatever a deploy does meanwhile. "current" leads to one of three releases.</summary>
public sealed class ReleaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ReleaseTests()
    {
        foreach (var release in (string[])["1", "2", "3"])
        {
            ZooBuild.CopyTo(_folder.File($"releases/{release}"), release);
        }

        // The second is a bad build.
        File.Delete(_folder.File("releases/2/Recluster.Hosting.dll"));
        File.CreateSymbolicLink(_folder.File("current"), "releases/1");
    }

    public static TheoryData<string> Commands => new()
    {
        "cd {0}/current && exec ./WorkerZoo \"$@\"",
        "cd {0}/current && exec {1} WorkerZoo.dll \"$@\"",
        "exec env -u PWD -C {0}/current {0}/current/WorkerZoo \"$@\"",
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task After_a_roll_back_dead_and_added_workers_run_the_old_release_and_a_good_one_reloads(string command)
    {
        await using var cluster = await StartAsync(command);
        Switch("2");
        Assert.Equal(ReloadStatus.RolledBack, (await cluster.ReloadAsync()).Result.Status);

        var mark = cluster.Log.Mark;
        Posix.Signal((await cluster.WhoAsync()).Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker ready", mark);
        cluster.Signal(Posix.SigTtin);
        await cluster.Log.WaitForAsync("Worker ready: slot 2");
        var slots = await cluster.AllSlotsAsync(3);

        foreach (var who in slots.Values)
        {
            Assert.Equal(1, who.Generation);
            Assert.Equal(_folder.File("releases/1"), Directory.ResolveLinkTarget($"/proc/{who.Pid}/cwd", returnFinalTarget: false)!.FullName);
            var variables = (await File.ReadAllTextAsync($"/proc/{who.Pid}/environ")).Split('\0');
            Assert.All(variables.Where(text => text.StartsWith("PWD=", StringComparison.Ordinal)), text => Assert.Equal("PWD=" + _folder.File("releases/1"), text));
        }

        Assert.Equal("1", (await cluster.GetAsync<Place>("/where")).Release);
        Switch("3");
        Assert.Equal(ReloadStatus.Succeeded, (await cluster.ReloadAsync()).Result.Status);
        Assert.Equal(new Place(_folder.File("releases/3"), "3"), await cluster.GetAsync<Place>("/where"));
    }

    [Fact]
    public async Task A_release_that_is_deleted_while_it_runs_is_named_the_others_serve_on_and_a_reload_mends_it()
    {
        await using var cluster = await StartAsync("cd {0}/current && exec ./WorkerZoo \"$@\"");
        var victim = await cluster.WhoAsync();
        Switch("3");
        Directory.Delete(_folder.File("releases/1"), recursive: true);

        var mark = cluster.Log.Mark;
        Posix.Signal(victim.Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync($"'{_folder.File("releases/1")}' does not exist any more, and generation 1 runs from there.", mark);

        Assert.NotEqual(victim.Pid, (await cluster.WhoAsync()).Pid);
        await cluster.ReloadBySignalAsync();
        Assert.Equal("3", (await cluster.GetAsync<Place>("/where")).Release);
    }

    private Task<ClusterProcess> StartAsync(string command) => ClusterProcess.StartAsync(new()
    {
        Command = ["sh", "-c", string.Format(null, command, _folder.Root, ZooBuild.DotnetHost), "sh"],
    });

    private void Switch(string release)
    {
        File.CreateSymbolicLink(_folder.File("current.new"), $"releases/{release}");
        Posix.RenameOver(_folder.File("current.new"), _folder.File("current"));
    }

    private sealed record Place(string ContentRootPath, string Release);
}
