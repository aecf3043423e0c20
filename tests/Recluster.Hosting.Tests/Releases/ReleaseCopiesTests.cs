using Recluster.Releases;

namespace Recluster.Hosting.Tests.Releases;

/// <summary>Whose copies are removed, and when.</summary>
public sealed class ReleaseCopiesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("recluster tests").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_folder_is_for_this_user_alone_and_goes_with_its_master()
    {
        using var copies = new ReleaseCopies(Path.Combine(_root, "copies"));

        var copy = copies.MakeFolder(3);

        Assert.Equal("3", Path.GetFileName(copy));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(copies.Folder!) | File.GetUnixFileMode(copy) | File.GetUnixFileMode(Path.Combine(_root, "copies")));
        copies.Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_root, "copies")));
    }

    [Fact]
    public void The_copies_of_a_living_master_stay_those_of_a_dead_one_are_removed_and_so_is_nothing_else()
    {
        using var living = new ReleaseCopies(_root);
        var kept = living.MakeFolder(1);
        var dead = Path.Combine(_root, "recluster-1-dead");
        var others = Path.Combine(_root, "recluster-data");
        foreach (var folder in (string[])[dead, others])
        {
            Directory.CreateDirectory(Path.Combine(folder, "1"));
        }

        File.WriteAllText(Path.Combine(dead, ".recluster-lock"), "");

        using var next = new ReleaseCopies(_root);
        next.MakeFolder(1);

        Assert.Equal((true, false, true), (Directory.Exists(kept), Directory.Exists(dead), Directory.Exists(others)));
    }

    [Fact]
    public void Where_they_lie_in_the_folder_of_the_app_or_above_it_no_copy_holds_others_and_the_rest_is_copied()
    {
        using var copies = new ReleaseCopies(_root);
        var copy = copies.MakeFolder(1);

        Assert.True(copies.Holds(Path.GetDirectoryName(copy)!));
        Assert.False(copies.Holds(Path.Combine(_root, "App.dll")));
        Assert.False(copies.Holds(Path.Combine(_root, "app/recluster-settings.json")));
    }

    [Fact]
    public void The_copies_of_a_dead_master_stay_while_an_orphaned_worker_runs_from_them()
    {
        var dead = Path.Combine(_root, "recluster-1-dead");
        Directory.CreateDirectory(dead);
        File.WriteAllText(Path.Combine(dead, ".recluster-lock"), "");
        File.Copy("/bin/sleep", Path.Combine(dead, "sleep"));
        using var orphan = System.Diagnostics.Process.Start(Path.Combine(dead, "sleep"), "300");
        try
        {
            using (var next = new ReleaseCopies(_root))
            {
                next.MakeFolder(1);
                Assert.True(Directory.Exists(dead));
            }
        }
        finally
        {
            orphan.Kill();
            orphan.WaitForExit();
        }

        using var later = new ReleaseCopies(_root);
        later.MakeFolder(1);
        Assert.False(Directory.Exists(dead));
    }
}
