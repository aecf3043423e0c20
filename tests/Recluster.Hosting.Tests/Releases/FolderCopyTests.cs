using Recluster.Releases;

namespace Recluster.Hosting.Tests.Releases;

/// <summary>The copy of an app's folder.</summary>
public sealed class FolderCopyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("recluster tests").FullName;

    public FolderCopyTests()
    {
        Write("app/App", "program");
        File.SetUnixFileMode(At("app/App"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Write("app/de/App.resources.dll", "German");
        Write("shared/logo", "logo");
        Directory.CreateDirectory(At("copy"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_has_the_files_their_modes_and_the_folders_and_is_independent_of_the_source()
    {
        Copy();
        File.WriteAllText(At("app/de/App.resources.dll"), "changed");

        Assert.Equal("German", File.ReadAllText(At("copy/de/App.resources.dll")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(At("copy/App")));
    }

    [Fact]
    public void Links_within_stay_within_and_links_that_lead_out_are_not_followed_and_lead_to_the_same_place()
    {
        File.CreateSymbolicLink(At("app/relative"), "de/App.resources.dll");
        File.CreateSymbolicLink(At("app/absolute"), At("app/App"));
        File.CreateSymbolicLink(At("app/de/out"), "../../shared");
        File.CreateSymbolicLink(At("app/outAbsolute"), At("shared/logo"));

        Copy();

        Assert.Equal(
            ["de/App.resources.dll", At("copy/App"), At("shared"), At("shared/logo")],
            ((string[])["relative", "absolute", "de/out", "outAbsolute"]).Select(link => new FileInfo(At("copy/" + link)).LinkTarget));
    }

    [Fact]
    public void Pipes_and_what_is_left_out_are_not_copied()
    {
        Write("app/.recluster/old/App", "old");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [At("app/pipe")]))
        {
            made.WaitForExit();
        }

        new FolderCopy(At("app"), At("copy")).Make(path => path == At("app/.recluster"), CancellationToken.None);

        Assert.Equal(["App", "de"], Directory.GetFileSystemEntries(At("copy")).Select(path => Path.GetFileName(path)).Order());
    }

    private void Copy() => new FolderCopy(At("app"), At("copy")).Make(_ => false, CancellationToken.None);

    private string At(string name) => Path.Combine(_folder, name);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
    }
}
