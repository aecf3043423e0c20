using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>Program.cs may change its process before it calls AddRecluster; workers start as the master was started.</summary>
public class EarlyChangeTests
{
    [Theory]
    [InlineData("Folder")]
    [InlineData("Culture")]
    [InlineData("Umask")]
    public async Task The_cluster_starts_and_reloads_whatever_the_first_line_changes(string change)
    {
        using var folder = new TemporaryFolder();
        ZooBuild.CopyTo(folder.File("relative"), "only");
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = [ZooBuild.DotnetHost, "relative/WorkerZoo.dll"],
            WorkingDirectory = folder.Root,
            Environment = new Dictionary<string, string?> { ["ZOO_EARLY"] = change },
        });

        await cluster.ReloadBySignalAsync();

        Assert.All((await cluster.AllSlotsAsync()).Values, who => Assert.Equal((2, cluster.MasterPid), (who.Generation, who.MasterPid)));
    }

    [Fact]
    public async Task A_reload_reads_a_file_of_variables_that_does_not_overwrite()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File(".env"), "ZOO_FLAG=old\nZOO_GIVEN=file");
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Environment = new Dictionary<string, string?>
            {
                ["ZOO_EARLY"] = "Dotenv",
                ["ZOO_DOTENV"] = folder.File(".env"),
                ["ZOO_GIVEN"] = "environment",
                ["ZOO_EMPTY"] = "",
                ["ZOO_LINES"] = "a=b\nc",
            },
        });
        Assert.Equal(("old", "environment"), (await VariableAsync(cluster, "ZOO_FLAG"), await VariableAsync(cluster, "ZOO_GIVEN")));

        await File.WriteAllTextAsync(folder.File(".env"), "ZOO_FLAG=new\nZOO_GIVEN=file");
        await cluster.ReloadBySignalAsync();

        Assert.Equal(("new", "environment"), (await VariableAsync(cluster, "ZOO_FLAG"), await VariableAsync(cluster, "ZOO_GIVEN")));
        Assert.Equal(("", "a=b\nc"), (await VariableAsync(cluster, "ZOO_EMPTY") ?? "", await VariableAsync(cluster, "ZOO_LINES")));
    }

    [Theory]
    [InlineData("NoUnixSockets")]
    [InlineData("NoUnixSocketPairs")]
    public async Task Without_Unix_domain_sockets_the_start_fails_with_the_line_for_the_unit(string change)
    {
        await using var cluster = ClusterProcess.Launch(new() { Environment = new Dictionary<string, string?> { ["ZOO_EARLY"] = change } });

        await cluster.Log.WaitForAsync("RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6");
        Assert.NotEqual(0, await cluster.ExitAsync());
    }

    [Fact]
    public async Task A_filter_that_kills_for_a_change_of_priority_kills_no_worker()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Environment = new Dictionary<string, string?> { ["ZOO_EARLY"] = "NoPriorities", ["INVOCATION_ID"] = "test" },
            Workers = 1,
        });

        await cluster.ReloadBySignalAsync();

        await cluster.Log.WaitForAsync("Worker exited: slot 0");
        Assert.Equal(0, cluster.Log.Count("SIGSYS"));
    }

    private static async Task<string?> VariableAsync(ClusterProcess cluster, string name) =>
        (await cluster.GetAsync<Variable>($"/variable?name={name}")).Value;

    private sealed record Variable(string? Value);
}
