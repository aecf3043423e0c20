using Recluster.Processes;

namespace Recluster.Hosting.Tests.Processes;

/// <summary>Where workers start, for every way in which the master may have been started. Paths begin at a folder of the test's own.</summary>
public sealed class StartFolderTests : IDisposable
{
    private readonly string _root = Real(Directory.CreateTempSubdirectory("recluster tests ").FullName);

    public StartFolderTests()
    {
        foreach (var release in (string[])["app/releases/1", "app/releases/2", "data/1/app/bin"])
        {
            Directory.CreateDirectory(At(release + "/sub"));
            File.WriteAllText(At(release + "/App.dll"), "");
            File.WriteAllText(At(release + "/App"), "");
            File.SetUnixFileMode(At(release + "/App"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Directory.CreateDirectory(At("work"));
        Link("app/current", "releases/1");
        Link("live", "data/1");
        Link("tool", "app/releases/1/App");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>The command as typed (~ is the root), what runs, the real folder, $PWD, and the folder that is expected.</summary>
    public static TheoryData<string, string, string, string?, string> Starts => new()
    {
        // As systemd does it: no $PWD.
        { "~/app/current/App", "app/releases/1/App", "app/releases/1", null, "~/app/current" },
        { "~/app/current/App", "app/releases/1/App", "app/releases/1", "/", "~/app/current" },
        { "~/app/current/App", "app/releases/1/App", "app/releases/1/sub", null, "~/app/current/sub" },
        { "~/app/current/App", "app/releases/1/App", "work", null, "~/work" },
        { "~/app//current/./App", "app/releases/1/App", "app/releases/1", null, "~/app//current" },
        { "dotnet ~/app/current/App.dll", "app/releases/1/App.dll", "app/releases/1", null, "~/app/current" },
        { "dotnet exec --roll-forward Major ~/app/current/App.dll", "app/releases/1/App.dll", "app/releases/1", null, "~/app/current" },

        // The link is higher up.
        { "~/live/app/bin/App", "data/1/app/bin/App", "data/1/app/bin", null, "~/live/app/bin" },
        { "~/live/app/bin/App", "data/1/app/bin/App", "data/1/app", null, "~/live/app" },
        { "~/live/app/bin/App", "data/1/app/bin/App", "data", null, "~/data" },

        // Neither the command nor $PWD names the folder, and one link leads there.
        { "./App", "app/releases/1/App", "app/releases/1", null, "~/app/current" },
        { "dotnet App.dll", "app/releases/1/App.dll", "app/releases/1", "/", "~/app/current" },
        { "dotnet ../App.dll", "app/releases/1/App.dll", "app/releases/1/sub", null, "~/app/current/sub" },
        { "./App", "app/releases/2/App", "app/releases/2", null, "~/app/releases/2" },

        // As a shell does it.
        { "./App", "app/releases/1/App", "app/releases/1", "~/app/current", "~/app/current" },
        { "./App", "app/releases/1/App", "app/releases/1", "~/app/current/", "~/app/current/" },
        { "dotnet current/App.dll", "app/releases/1/App.dll", "app", "~/app", "~/app" },

        // A shell that systemd has started knows only the real folder; the command knows better.
        { "~/app/current/App", "app/releases/1/App", "app/releases/1", "~/app/releases/1", "~/app/current" },

        // Program.cs has changed the folder to that of the app before it called AddRecluster.
        { "dotnet current/App.dll", "app/releases/1/App.dll", "app/releases/1", "~/app", "~/app" },
        { "dotnet bin/App.dll", "data/1/app/bin/App.dll", "data/1/app/bin", "~/live/app", "~/live/app" },
        { "dotnet bin/App.dll", "data/1/app/bin/App.dll", "data/1/app/bin", null, "~/live/app" },
        { "bin/App", "data/1/app/bin/App", "work", null, "~/live/app" },
        { "~/app/current/App", "app/releases/1/App", "app/releases/1", "~/work", "~/app/current" },
    };

    [Theory]
    [MemberData(nameof(Starts))]
    public void Workers_start_where_the_master_was_started_by_the_path_that_a_deploy_switches(
        string command, string app, string folder, string? shell, string expected)
    {
        var launch = LaunchCommand.From(Origin(command, app, folder, shell));

        Assert.Equal(Expand(expected), launch.WorkingDirectory);
        Assert.Null(launch.UnfollowedLink);
        Assert.Equal(At(app), Real(Path.Combine(launch.WorkingDirectory, launch.App)));
    }

    [Theory]
    [InlineData("~/tool", "app/releases/1", "~/app/releases/1", "tool")] // The program moves with its link, the folder does not.
    [InlineData("./App", "app/releases/1", "~/app/releases/1", "app/current")]
    public void A_link_that_would_not_be_followed_is_named(string command, string folder, string? shell, string link)
    {
        var launch = LaunchCommand.From(Origin(command, "app/releases/1/App", folder, Expand(shell)));

        Assert.Equal((At(folder), At(link)), (launch.WorkingDirectory, launch.UnfollowedLink));
    }

    [Fact]
    public void Of_two_links_none_is_chosen_and_one_is_named()
    {
        Link("app/stable", "releases/1");

        var launch = LaunchCommand.From(Origin("./App", "app/releases/1/App", "app/releases/1", null));

        Assert.Equal(At("app/releases/1"), launch.WorkingDirectory);
        Assert.StartsWith(At("app/"), launch.UnfollowedLink, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_nobody_named_is_not_needed_for_ever()
    {
        var launch = LaunchCommand.From(Origin("./App", "app/releases/1/App", "app/releases/1", null));

        File.Delete(At("app/current"));

        Assert.Equal(At("app/releases/1"), launch.Resolve().WorkingDirectory);
    }

    [Fact]
    public void A_folder_that_is_gone_is_an_error_that_says_what_to_do()
    {
        var launch = LaunchCommand.From(Origin("~/app/releases/2/App", "app/releases/2/App", "app/releases/2", "~/app/releases/2"));

        Directory.Delete(At("app/releases/2"), recursive: true);

        var error = Assert.Throws<ProcessStartException>(() => launch.Resolve());
        Assert.Contains($"'{At("app/releases/2")}' that workers start in does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("Recluster:WorkerWorkingDirectory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_cannot_be_found_any_more_is_replaced_by_what_runs()
    {
        var launch = LaunchCommand.From(Origin("dotnet current/App.dll", "app/releases/1/App.dll", "work", "~/work"));

        Assert.Equal(At("app/releases/1/App.dll"), launch.App);
    }

    [Theory]
    [InlineData("~/app/current", "App.dll")] // The same folder by another path.
    [InlineData("~/app/releases/2", "App.dll")]
    [InlineData("~/work", "~/app/releases/1/App.dll")]
    public void WorkerWorkingDirectory_keeps_relative_paths_that_lead_to_something_there(string option, string app)
    {
        var launch = LaunchCommand.From(Origin("dotnet App.dll", "app/releases/1/App.dll", "app/releases/1", "~/app/releases/1"))
            .With(new ReclusterOptions { WorkerWorkingDirectory = Expand(option) });

        Assert.Equal((Expand(option), Expand(app)), (launch.WorkingDirectory, launch.App));
        Assert.Null(launch.UnfollowedLink);
    }

    private static string Real(string path) => LinkedPath.Real(path)!;

    private ProcessOrigin Origin(string command, string app, string folder, string? shell)
    {
        string[] arguments = [.. command.Split(' ').Select(part => Expand(part)!), "--own", "x"];
        var isHosted = arguments[0] == "dotnet";
        Dictionary<string, string> variables = shell is null ? [] : new() { ["PWD"] = Expand(shell)! };
        return new ProcessOrigin
        {
            Arguments = arguments,
            AppArguments = 2,
            CalledAs = isHosted ? Environment.ProcessPath : arguments[0],
            Executable = isHosted ? Environment.ProcessPath! : At(app),
            EntryAssembly = isHosted ? At(app) : null,
            Environment = variables,
            Folder = At(folder),
        };
    }

    private string At(string path) => Path.Combine(_root, path);

    private string? Expand(string? path) => path?.Replace("~", _root, StringComparison.Ordinal);

    private void Link(string path, string target) => File.CreateSymbolicLink(At(path), target);
}
