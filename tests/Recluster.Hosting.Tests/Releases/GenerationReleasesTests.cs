using Recluster.Hosting.Tests.Support;
using Recluster.Processes;
using Recluster.Releases;

namespace Recluster.Hosting.Tests.Releases;

/// <summary>A generation runs the release that it began with. The folder holds releases 1 and 2, and a link "current".</summary>
public sealed class GenerationReleasesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("recluster tests").FullName;
    private readonly RecordingLogger _log = new();

    public GenerationReleasesTests()
    {
        foreach (var release in (string[])["1", "2"])
        {
            Directory.CreateDirectory(File(release));
            System.IO.File.WriteAllText(File(release, "App"), "#!/bin/sh\n");
            System.IO.File.SetUnixFileMode(File(release, "App"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Switch("1");
        Releases = new GenerationReleases(
            new LaunchCommand("./App", ["./App"], File("current")), new ReclusterOptions(), TimeProvider.System, _log.CreateLogger("test"));
    }

    private GenerationReleases Releases { get; }

    public void Dispose()
    {
        Releases.Dispose();
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_link_that_is_switched_is_followed_by_the_next_generation_and_not_by_this_one()
    {
        _ = Releases.Of(1);
        Switch("2");

        Assert.Equal((File("1", "App"), File("1")), Place(1));
        Assert.Equal((File("2", "App"), File("2")), Place(2));
        Assert.Equal((File("1", "App"), File("1")), Place(1));
    }

    [Fact]
    public void A_release_that_was_forgotten_is_resolved_anew()
    {
        _ = Releases.Of(1);
        Switch("2");

        Releases.Forget(1);

        Assert.Equal((File("2", "App"), File("2")), Place(1));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1/App")]
    public void A_release_that_is_gone_is_named_with_its_generation_and_the_remedy(string gone)
    {
        _ = Releases.Of(1);
        Switch("2");
        System.IO.File.Delete(File("1", "App"));
        if (gone == "1")
        {
            Directory.Delete(File("1"));
        }

        var error = Assert.Throws<ProcessStartException>(() => Releases.Of(1));

        Assert.StartsWith($"'{File(gone)}' does not exist any more, and generation 1 runs from there. Keep a release", error.Message, StringComparison.Ordinal);
        Assert.Equal((File("2", "App"), File("2")), Place(2));
    }

    [Fact]
    public void A_release_that_could_not_be_resolved_is_looked_for_again()
    {
        Switch("3");
        Assert.Throws<ProcessStartException>(() => Releases.Of(1));

        Switch("2");

        Assert.Equal((File("2", "App"), File("2")), Place(1));
    }

    private (string Program, string WorkingDirectory) Place(int generation)
    {
        var command = Releases.Of(generation).Command;
        return (command.Program, command.WorkingDirectory);
    }

    private string File(params string[] names) => Path.Combine([_folder, .. names]);

    private void Switch(string release)
    {
        System.IO.File.Delete(File("current"));
        System.IO.File.CreateSymbolicLink(File("current"), release);
    }
}
