using Recluster.Processes;

namespace Recluster.Hosting.Tests.Processes;

public sealed class LogicalFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("recluster-").FullName;

    public LogicalFolderTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "releases/1/web"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "current"), "releases/1");
    }

    private string Release => Path.Combine(_root, "releases/1");

    private string Link => Path.Combine(_root, "current");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_folder_is_named_by_the_link_that_the_app_was_started_through()
    {
        var command = new LaunchCommand("./App", ["./App"], Link);

        Assert.Equal(Link, LogicalFolder.Find(Release, command, Link));
        Assert.Equal(Link, LogicalFolder.Find(Release + "/", command, Link));
        Assert.Equal(Path.Combine(Link, "web"), LogicalFolder.Find(Path.Combine(Release, "web"), command, Link));
    }

    [Fact]
    public void Without_a_link_and_outside_of_it_a_path_stays_as_it_is()
    {
        Assert.Equal(Release, LogicalFolder.Find(Release, new LaunchCommand("./App", ["./App"], Release), Release));
        Assert.Equal(Release + "2", LogicalFolder.Find(Release + "2", new LaunchCommand("./App", ["./App"], Link), Link));
    }

    [Fact]
    public void The_folder_of_the_program_is_named_as_it_was_typed()
    {
        // The program of this process is the tests' own.
        var link = Path.Combine(_root, "program");
        Directory.CreateSymbolicLink(link, AppContext.BaseDirectory);
        var command = new LaunchCommand("dotnet", ["dotnet", "--urls", "http://localhost:5000", "program/App.dll"], _root);

        Assert.Equal(link, LogicalFolder.Find(AppContext.BaseDirectory, command, _root));
    }

    [Fact]
    public void Another_folder_for_the_workers_stands_for_the_one_of_the_start()
    {
        Assert.Equal("/srv/workers/web", LogicalFolder.Find(Path.Combine(Release, "web"), new LaunchCommand("./App", ["./App"], Link), "/srv/workers"));
    }
}
