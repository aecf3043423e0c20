using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>However the app is started, its workers are started in the same way, from the files as they are now.</summary>
public class LaunchTests
{
    private static readonly string Dll = Path.Combine(ZooBuild.Folder, ZooBuild.Name + ".dll");
    private static readonly string AppHost = Path.Combine(ZooBuild.Folder, ZooBuild.Name);

    // From any folder beside the temporary folder of a test; a content root of "/" would make .NET watch the whole file system.
    private static readonly string Elsewhere = Path.Combine(Path.GetTempPath(), "elsewhere");

    public static TheoryData<string?, string[]> Commands => new()
    {
        { null, [AppHost] },
        { null, ["sh", "-c", $"exec '{Path.GetRelativePath(Elsewhere, AppHost)}' \"$@\"", "sh"] },
        { ZooBuild.Folder, ["sh", "-c", $"exec ./{ZooBuild.Name} \"$@\"", "sh"] },
        { ZooBuild.Folder, [ZooBuild.DotnetHost, ZooBuild.Name + ".dll"] },
        { null, [ZooBuild.DotnetHost, Path.GetRelativePath(Elsewhere, Dll)] },
        { null, ["sh", "-c", $"PATH={ZooBuild.DotnetRoot}:$PATH exec dotnet '{Dll}' \"$@\"", "sh"] },
    };

    public static TheoryData<string> Deployments => new()
    {
        "cd {0}/current && exec {1} WorkerZoo.dll \"$@\"",
        "cd {0}/current && exec ./WorkerZoo \"$@\"",
        "exec {1} {0}/current/WorkerZoo.dll \"$@\"",
        "exec {0}/current/WorkerZoo \"$@\"",
        "cd {0} && exec {1} current/WorkerZoo.dll \"$@\"",
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_cluster_starts_and_reloads_however_it_is_called(string? workingDirectory, string[] command)
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Command = command, WorkingDirectory = workingDirectory });

        await cluster.ReloadBySignalAsync();

        Assert.All((await cluster.AllSlotsAsync()).Values, who => Assert.Equal((2, cluster.MasterPid), (who.Generation, who.MasterPid)));
    }

    [Theory]
    [MemberData(nameof(Deployments))]
    public async Task A_reload_runs_what_the_link_current_leads_to_now(string command)
    {
        using var folder = new TemporaryFolder();
        ZooBuild.CopyTo(folder.File("releases/1"), "first");
        ZooBuild.CopyTo(folder.File("releases/2"), "second");
        File.CreateSymbolicLink(folder.File("current"), "releases/1");
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = ["sh", "-c", string.Format(null, command, folder.Root, ZooBuild.DotnetHost), "sh"],
        });
        Assert.Equal("first", (await cluster.GetAsync<Place>("/where")).Release);

        File.CreateSymbolicLink(folder.File("current.new"), "releases/2");
        Posix.RenameOver(folder.File("current.new"), folder.File("current"));
        await cluster.ReloadBySignalAsync();

        var place = await cluster.GetAsync<Place>("/where");
        Assert.Equal("second", place.Release);
        if (command.StartsWith("cd {0}/current", StringComparison.Ordinal))
        {
            // The content root is the working directory.
            Assert.Equal(folder.File("releases/2"), place.ContentRootPath);
        }

        // As the next deploy may do: the reloaded cluster needs nothing of the first release any more.
        Directory.Delete(folder.File("releases/1"), recursive: true);
        await cluster.ReloadBySignalAsync();
        Assert.Equal("second", (await cluster.GetAsync<Place>("/where")).Release);
    }

    [Fact]
    public async Task A_reload_reads_the_settings_as_they_are_now()
    {
        using var folder = new TemporaryFolder();
        ZooBuild.CopyTo(folder.File("app"), "only");
        await File.WriteAllTextAsync(folder.File("app/appsettings.json"), """{ "Zoo": { "Setting": "old" } }""");
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = [ZooBuild.DotnetHost, "WorkerZoo.dll"],
            WorkingDirectory = folder.File("app"),
        });
        Assert.Equal("old", (await cluster.GetAsync<Place>("/where")).Setting);

        await File.WriteAllTextAsync(folder.File("app/appsettings.json"), """{ "Zoo": { "Setting": "new" } }""");
        await cluster.ReloadBySignalAsync();

        Assert.Equal("new", (await cluster.GetAsync<Place>("/where")).Setting);
    }

    [Fact]
    public async Task A_reload_whose_executable_is_gone_is_rolled_back()
    {
        using var folder = new TemporaryFolder();
        ZooBuild.CopyTo(folder.File("app"), "only");
        await using var cluster = await ClusterProcess.StartAsync(new() { Command = [folder.File("app/WorkerZoo")] });

        File.Move(folder.File("app/WorkerZoo"), folder.File("app/Moved"));
        var gone = (await cluster.ReloadAsync()).Result;
        File.Move(folder.File("app/Moved"), folder.File("app/WorkerZoo"));
        var back = (await cluster.ReloadAsync()).Result;

        Assert.Equal(ReloadStatus.RolledBack, gone.Status);
        Assert.Contains("is not an executable file", gone.Reason, StringComparison.Ordinal);
        Assert.Equal(ReloadStatus.Succeeded, back.Status);
    }

    private sealed record Place(string ContentRootPath, string BaseDirectory, string Release, string Setting);
}
