using Recluster.Processes;

namespace Recluster.Hosting.Tests.Processes;

public sealed class LaunchCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("recluster tests").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_command_of_this_process_is_its_command_line_and_names_a_program_that_is_there()
    {
        var command = LaunchCommand.OfThisProcess();

        Assert.Equal(File.ReadAllText("/proc/self/cmdline").TrimEnd('\0'), string.Join('\0', command.Arguments).TrimEnd('\0'));
        Assert.True(File.Exists(command.Resolve().Program));
        Assert.True(Path.IsPathRooted(command.WorkingDirectory));
    }

    [Fact]
    public void A_path_is_looked_up_from_the_working_directory()
    {
        var program = Program("app");

        Assert.Equal(program, Path.GetFullPath(new LaunchCommand("./app", [], _folder).Resolve().Program));
        Assert.Equal(program, new LaunchCommand(program, [], "/").Resolve().Program);
    }

    [Fact]
    public void A_name_without_a_folder_is_looked_up_in_PATH()
    {
        var path = new LaunchCommand("bash", [], _folder) { Environment = ProcessOrigin.OfThisProcess().Environment }.Resolve().Program;

        Assert.Equal("bash", Path.GetFileName(path));
        Assert.Contains(Path.GetDirectoryName(path), Environment.GetEnvironmentVariable("PATH")!.Split(':'));
    }

    [Fact]
    public void A_link_that_is_switched_is_followed_by_the_command_and_not_by_what_was_pinned_before()
    {
        var (one, two) = (Directory.CreateDirectory(Path.Combine(_folder, "1")), Directory.CreateDirectory(Path.Combine(_folder, "2")));
        Program("1/app");
        Program("2/app");
        var current = Path.Combine(_folder, "current");
        Directory.CreateSymbolicLink(current, one.FullName);
        var command = new LaunchCommand(Path.Combine(current, "app"), [], current);
        var before = command.Resolve();
        var pinned = command.Pin();

        Directory.Delete(current);
        Directory.CreateSymbolicLink(current, two.FullName);

        Assert.Equal(Path.Combine(current, "app"), before.Program);
        Assert.Equal(before, command.Resolve());
        Assert.Equal((Path.Combine(one.FullName, "app"), one.FullName), pinned.Resolve());
        Assert.Equal((Path.Combine(two.FullName, "app"), two.FullName), command.Pin().Resolve());
    }

    [Fact]
    public void The_DLL_of_dotnet_is_pinned_too_and_the_name_that_the_program_is_called_by_stays()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "1"));
        File.WriteAllText(Path.Combine(_folder, "1/App.dll"), "");
        Program("dotnet-10");
        File.CreateSymbolicLink(Path.Combine(_folder, "dotnet"), "dotnet-10");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "current"), "1");
        var command = new LaunchCommand(Path.Combine(_folder, "dotnet"), ["dotnet", "exec", "current/App.dll", "--urls", "current"], _folder) { ProgramArguments = 3 };

        var pinned = command.Pin();

        Assert.Equal(Path.Combine(_folder, "dotnet-10"), pinned.Program);
        Assert.Equal(["dotnet", "exec", Path.Combine(_folder, "1/App.dll"), "--urls", "current"], pinned.Arguments);
    }

    [Theory]
    [InlineData("./gone")]
    [InlineData("gone-and-not-in-PATH-either")]
    [InlineData("./not-executable")]
    public void A_program_that_is_not_there_is_an_error_that_says_where_it_was_looked_for(string program)
    {
        File.WriteAllText(Path.Combine(_folder, "not-executable"), "");

        var error = Assert.Throws<ProcessStartException>(() => new LaunchCommand(program, [], _folder).Resolve());

        Assert.Contains(program, error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder, error.Message, StringComparison.Ordinal);
    }

    private string Program(string name)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, "#!/bin/sh\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
