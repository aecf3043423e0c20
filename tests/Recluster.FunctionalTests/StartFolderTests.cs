using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>A service manager sets no $PWD and Program.cs may change the folder: a deploy that switches the link still moves all of the app.</summary>
public class StartFolderTests
{
    public static TheoryData<string> Services => new()
    {
        // The unit in docs/operations.md: WorkingDirectory and ExecStart go through the link.
        "exec env -u PWD -C {0}/current {0}/current/WorkerZoo \"$@\"",
        "exec env -u PWD -C {0}/current {1} {0}/current/WorkerZoo.dll \"$@\"",
        "exec env -C {0}/current PWD=/ {1} exec --roll-forward Major {0}/current/WorkerZoo.dll \"$@\"",
        "exec env -u PWD -C {0}/current bash -c 'exec {0}/current/WorkerZoo \"$@\"' x \"$@\"",

        // Nothing but the link itself says that there is one.
        "exec env -u PWD -C {0}/current ./WorkerZoo \"$@\"",
        "exec env -u PWD -C {0}/current {1} WorkerZoo.dll \"$@\"",

        // The first line of Program.cs: Directory.SetCurrentDirectory(AppContext.BaseDirectory).
        "export ZOO_EARLY=Folder; cd {0} && exec {1} current/WorkerZoo.dll \"$@\"",
        "export ZOO_EARLY=Folder; exec env -u PWD -C {0}/current {0}/current/WorkerZoo \"$@\"",
    };

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_release_and_its_folder_are_switched_together(string command)
    {
        using var folder = new TemporaryFolder();
        foreach (var release in (string[])["1", "2"])
        {
            ZooBuild.CopyTo(folder.File("releases/" + release), release);
            await File.WriteAllTextAsync(folder.File($"releases/{release}/appsettings.json"), $$"""{ "Zoo": { "Setting": "{{release}}" } }""");
        }

        File.CreateSymbolicLink(folder.File("current"), "releases/1");
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = ["sh", "-c", string.Format(null, command, folder.Root, ZooBuild.DotnetHost), "sh"],
            Workers = 1,
        });
        Assert.Equal(new Place(folder.File("releases/1"), "1", "1"), await cluster.GetAsync<Place>("/where"));

        File.CreateSymbolicLink(folder.File("current.new"), "releases/2");
        Posix.RenameOver(folder.File("current.new"), folder.File("current"));
        Directory.Delete(folder.File("releases/1"), recursive: true);
        await cluster.ReloadBySignalAsync();
        var reloaded = await cluster.GetAsync<Place>("/where");
        var mark = cluster.Log.Mark;
        Posix.Signal((await cluster.WhoAsync()).Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker ready", mark);
        var respawned = await cluster.GetAsync<Place>("/where");

        var expected = new Place(folder.File("releases/2"), "2", "2");
        Assert.Equal((expected, expected), (reloaded, respawned));
        Assert.Equal(0, cluster.Log.Count("If a deploy switches the link"));
    }

    [Fact]
    public async Task At_start_the_log_says_where_workers_start_and_which_link_would_not_be_followed()
    {
        using var folder = new TemporaryFolder();
        ZooBuild.CopyTo(folder.File("releases/1"), "1");
        File.CreateSymbolicLink(folder.File("current"), "releases/1");
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = ["sh", "-c", $"cd {folder.File("releases/1")} && exec ./WorkerZoo \"$@\"", "sh"],
        });

        await cluster.Log.WaitForAsync($"Workers run './WorkerZoo' in the folder '{folder.File("releases/1")}' (taken from $PWD).");
        await cluster.Log.WaitForAsync($"Workers start in the folder '{folder.File("releases/1")}'. If a deploy switches the link '{folder.File("current")}'");
    }

    [Theory]
    [InlineData("current")]
    [InlineData("{0}/current")]
    public async Task WorkerWorkingDirectory_may_be_a_path_through_a_link(string option)
    {
        using var folder = new TemporaryFolder();
        ZooBuild.CopyTo(folder.File("releases/1"), "1");
        ZooBuild.CopyTo(folder.File("releases/2"), "2");
        File.CreateSymbolicLink(folder.File("current"), "releases/1");
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = ["sh", "-c", $"cd {folder.Root} && exec {ZooBuild.DotnetHost} releases/1/WorkerZoo.dll \"$@\"", "sh"],
            Arguments = [$"--Recluster:WorkerWorkingDirectory={string.Format(null, option, folder.Root)}"],
        });
        Assert.Equal(folder.File("releases/1"), (await cluster.GetAsync<Place>("/where")).ContentRootPath);

        File.CreateSymbolicLink(folder.File("current.new"), "releases/2");
        Posix.RenameOver(folder.File("current.new"), folder.File("current"));
        await cluster.ReloadBySignalAsync();

        Assert.Equal(folder.File("releases/2"), (await cluster.GetAsync<Place>("/where")).ContentRootPath);
    }

    private sealed record Place(string ContentRootPath, string Release, string Setting);
}
