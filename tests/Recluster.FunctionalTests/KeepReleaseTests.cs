using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>KeepRelease: a deploy may write into the folder that the app runs from, and the old code stays until a reload succeeds.</summary>
public sealed class KeepReleaseTests : IDisposable
{
    private const string Library = "app/Recluster.Hosting.dll";

    private static readonly string ByDotnet = ZooBuild.DotnetHost + " {0}/WorkerZoo.dll";

    private readonly TemporaryFolder _folder = new();

    public KeepReleaseTests() => ZooBuild.CopyTo(_folder.File("app"), "old");

    public static TheoryData<string> Commands => new() { ByDotnet, "{0}/WorkerZoo" };

    private string Copies => _folder.File(".recluster");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task After_a_bad_build_in_place_dead_workers_run_the_old_code_and_a_good_one_reloads(string command)
    {
        await using var cluster = await ClusterProcess.StartAsync(Options(command));
        var old = Assert.Single(CopiesOf(cluster));
        var place = await cluster.GetAsync<Place>("/where");
        Assert.Equal((cluster.Folder.Root, old + "/", "old"), (place.ContentRootPath, place.BaseDirectory, place.Release));

        File.Move(_folder.File(Library), _folder.File("good"));
        await File.WriteAllTextAsync(_folder.File(Library), "This is no assembly.");
        await File.WriteAllTextAsync(_folder.File("app/release.txt"), "new");
        Assert.Equal(ReloadStatus.RolledBack, (await cluster.ReloadAsync()).Result.Status);
        var mark = cluster.Log.Mark;
        Posix.Signal((await cluster.WhoAsync()).Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker ready", mark);
        foreach (var who in (await cluster.AllSlotsAsync()).Values)
        {
            Assert.Equal(1, who.Generation);
            Assert.Contains(old, await File.ReadAllTextAsync($"/proc/{who.Pid}/maps"), StringComparison.Ordinal);
        }

        Assert.Equal(0, cluster.Log.Count("The app's files have been changed"));
        Assert.DoesNotContain(await cluster.WorkersAsync(), worker => worker.RunsChangedFiles);

        Posix.RenameOver(_folder.File("good"), _folder.File(Library));
        await cluster.ReloadBySignalAsync();
        Assert.Equal("new", (await cluster.GetAsync<Place>("/where")).Release);
        await Eventually.TrueAsync(() => CopiesOf(cluster) is [var copy] && copy != old, () => "the copy of the new generation alone");

        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Empty(Directory.GetFileSystemEntries(Copies));
    }

    [Fact]
    public async Task What_a_killed_master_has_left_behind_is_removed_by_the_next_one()
    {
        var killed = await ClusterProcess.StartAsync(Options(ByDotnet));
        var copy = Assert.Single(CopiesOf(killed));
        await killed.DisposeAsync();
        Assert.True(Directory.Exists(copy));

        await using var next = await ClusterProcess.StartAsync(Options(ByDotnet));

        Assert.False(Directory.Exists(copy));
        Assert.Single(CopiesOf(next));
    }

    [Fact]
    public async Task A_copy_that_cannot_be_made_fails_the_start_with_the_path_and_the_setting()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "");
        await using var cluster = ClusterProcess.Launch(Options(ByDotnet) with
        {
            Arguments = ["--Recluster:KeepRelease=true", $"--Recluster:KeepReleaseFolder={_folder.File("file/copies")}"],
        });

        Assert.Equal(1, await cluster.ExitAsync());

        var line = cluster.Log.Lines.Last(line => line.Contains("(Recluster:KeepRelease)", StringComparison.Ordinal));
        Assert.Contains($"The folder '{_folder.File("app")}' could not be copied into '{_folder.File("file/copies")}'", line, StringComparison.Ordinal);
        Assert.Contains("Recluster:KeepReleaseFolder", line, StringComparison.Ordinal);
    }

    [NamespaceFact]
    public async Task A_disk_that_is_full_fails_the_reload_and_says_how_much_room_it_takes()
    {
        Directory.CreateDirectory(_folder.File("disk"));
        var copies = _folder.File("disk/copies");
        await using var cluster = await ClusterProcess.StartAsync(Options(ByDotnet) with
        {
            // One copy has room there, and two have not.
            Command =
            [
                "unshare", "--mount", "--kill-child", "sh", "-c",
                $"mount -t tmpfs -o size={(SizeOfApp() * 3 / 2) >> 10}k none {_folder.File("disk")} && exec {ZooBuild.DotnetHost} {_folder.File("app/WorkerZoo.dll")} \"$@\"", "sh",
            ],
            Arguments = ["--Recluster:KeepRelease=true", $"--Recluster:KeepReleaseFolder={copies}"],
        });

        var result = (await cluster.ReloadAsync()).Result;

        Assert.Equal(ReloadStatus.RolledBack, result.Status);
        Assert.Matches($"could not be copied into '{copies}' .*No space left on device.* The copy takes up to [0-9]+ MiB; [0-9]+ MiB are free. Make room there", result.Reason);
        Assert.Equal(1, (await cluster.WhoAsync()).Generation);
    }

    private ZooOptions Options(string command) => new()
    {
        Command = string.Format(null, command, _folder.File("app")).Split(' '),
        Arguments = ["--Recluster:KeepRelease=true"],
    };

    /// <summary>The copies of this cluster, one a generation.</summary>
    private string[] CopiesOf(ClusterProcess cluster) =>
        [.. Directory.GetDirectories(Copies, $"recluster-{cluster.MasterPid}-*").SelectMany(Directory.GetDirectories)];

    private long SizeOfApp() => new DirectoryInfo(_folder.File("app")).EnumerateFiles().Sum(file => file.Length);

    private sealed record Place(string ContentRootPath, string BaseDirectory, string Release);
}
