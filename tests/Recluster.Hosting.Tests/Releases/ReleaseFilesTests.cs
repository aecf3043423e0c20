using Recluster.Releases;

namespace Recluster.Hosting.Tests.Releases;

/// <summary>What counts as a change of an app's files.</summary>
public sealed class ReleaseFilesTests : IDisposable
{
    private static readonly DateTime Then = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly string _folder = Directory.CreateTempSubdirectory("recluster tests").FullName;
    private readonly ReleaseFiles _files;

    public ReleaseFilesTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "wwwroot"));
        foreach (var name in (string[])["App", "App.dll", "Library.dll", "App.deps.json", "App.runtimeconfig.json", "appsettings.json", "app.db", "wwwroot/lib.dll"])
        {
            Write(name, "old");
        }

        _files = ReleaseFiles.Record(Path.Combine(_folder, "App"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_that_are_as_they_were_are_no_change()
    {
        File.ReadAllText(Path.Combine(_folder, "App.dll"));
        File.SetUnixFileMode(Path.Combine(_folder, "App.dll"), UnixFileMode.UserRead);

        Assert.Null(_files.Change());
    }

    [Theory]
    [InlineData("App")]
    [InlineData("App.dll")]
    [InlineData("Library.dll")]
    [InlineData("App.deps.json")]
    [InlineData("App.runtimeconfig.json")]
    public void A_file_of_the_code_that_is_written_replaced_or_deleted_is_a_change(string name)
    {
        File.AppendAllText(Path.Combine(_folder, name), "more");
        Assert.Equal($"{name} in '{_folder}'", _files.Change());

        var again = ReleaseFiles.Record(Path.Combine(_folder, "App"));
        Write("new", "oldmore");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "new"), File.GetLastWriteTimeUtc(Path.Combine(_folder, name)));
        File.Move(Path.Combine(_folder, "new"), Path.Combine(_folder, name), overwrite: true); // Same size, same time.
        Assert.Equal($"{name} in '{_folder}'", again.Change());

        again = ReleaseFiles.Record(Path.Combine(_folder, "App"));
        File.Delete(Path.Combine(_folder, name));
        Assert.Equal($"{name} in '{_folder}'", again.Change());
    }

    [Theory]
    [InlineData("appsettings.json")]
    [InlineData("app.db")]
    [InlineData("wwwroot/lib.dll")]
    [InlineData("Plugin.dll")]
    public void Settings_data_content_and_added_files_are_no_change(string name)
    {
        Write(name, "new and longer");

        Assert.Null(_files.Change());
    }

    [Fact]
    public void Of_many_files_three_are_named()
    {
        foreach (var name in (string[])["App", "App.dll", "Library.dll", "App.deps.json", "App.runtimeconfig.json"])
        {
            File.Delete(Path.Combine(_folder, name));
        }

        Assert.Equal($"App, App.deps.json, App.dll and 2 more in '{_folder}'", _files.Change());
    }

    [Fact]
    public void A_folder_that_is_gone_is_a_change()
    {
        Directory.Delete(_folder, recursive: true);

        Assert.NotNull(_files.Change());
        Directory.CreateDirectory(_folder);
    }

    private void Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(_folder, name), text);
        File.SetLastWriteTimeUtc(Path.Combine(_folder, name), Then);
    }
}
