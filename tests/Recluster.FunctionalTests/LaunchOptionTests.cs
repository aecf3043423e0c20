using System.Diagnostics;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>What the options change of the way in which workers are started.</summary>
public class LaunchOptionTests
{
    [Fact]
    public async Task WorkerArguments_replace_what_the_master_was_started_with()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments =
            [
                "--Recluster:WorkerArguments:0=--urls",
                "--Recluster:WorkerArguments:1=http://127.0.0.1:0",
                "--Recluster:WorkerArguments:2=--Zoo:Extra=a b",
            ],
        });

        var launched = await cluster.GetAsync<Launched>("/launched");

        Assert.Equal(["--urls", "http://127.0.0.1:0", "--Zoo:Extra=a b"], launched.Arguments.Skip(1));
    }

    [Theory]
    [InlineData("exec")]
    [InlineData("--roll-forward Major")]
    [InlineData("exec --additionalprobingpath . --roll-forward Major")]
    public async Task WorkerArguments_leave_the_options_of_dotnet_as_they_are(string options)
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = [ZooBuild.DotnetHost, .. options.Split(' '), Path.Combine(ZooBuild.Folder, "WorkerZoo.dll")],
            Arguments = ["--Recluster:WorkerArguments:0=--urls", "--Recluster:WorkerArguments:1=http://127.0.0.1:0"],
        });

        Assert.Equal(["--urls", "http://127.0.0.1:0"], (await cluster.GetAsync<Launched>("/launched")).Arguments.Skip(1));
    }

    [Fact]
    public async Task WorkerArguments_are_added_where_that_is_wanted()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = ["--Recluster:WorkerArguments:0=--Zoo:Extra=1", "--Recluster:AppendWorkerArguments=true"],
        });

        var launched = await cluster.GetAsync<Launched>("/launched");

        Assert.Equal("--Zoo:Extra=1", launched.Arguments[^1]);
        Assert.Contains("--Recluster:Workers=2", launched.Arguments);
    }

    [Fact]
    public async Task WorkerEnvironment_adds_and_removes_variables()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = ["--Recluster:WorkerEnvironment:ZOO_ADDED=here", "--Recluster:WorkerEnvironment:ZOO_REMOVED="],
            Environment = new Dictionary<string, string?> { ["ZOO_REMOVED"] = "there", ["ZOO_KEPT"] = "kept" },
        });

        Assert.Equal("here", await VariableAsync(cluster, "ZOO_ADDED"));
        Assert.Null(await VariableAsync(cluster, "ZOO_REMOVED"));
        Assert.Equal("kept", await VariableAsync(cluster, "ZOO_KEPT"));
    }

    [Fact]
    public async Task Workers_start_in_WorkerWorkingDirectory_by_WorkerExecutable()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("wrapper"), $"#!/bin/sh\nexport ZOO_WRAPPED=yes\nexec '{ZooBuild.DotnetHost}' \"$@\"\n");
        using (var chmod = Process.Start("chmod", ["+x", folder.File("wrapper")]))
        {
            await chmod.WaitForExitAsync();
        }

        Directory.CreateDirectory(folder.File("work"));
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments =
            [
                $"--Recluster:WorkerExecutable={folder.File("wrapper")}",
                $"--Recluster:WorkerWorkingDirectory={folder.File("work")}",
            ],
        });
        await cluster.ReloadBySignalAsync();

        Assert.Equal("yes", await VariableAsync(cluster, "ZOO_WRAPPED"));
        Assert.Equal(folder.File("work"), (await cluster.GetAsync<Launched>("/launched")).CurrentDirectory);
        Assert.All((await cluster.AllSlotsAsync()).Values, who => Assert.Equal((2, cluster.MasterPid), (who.Generation, who.MasterPid)));
    }

    [Theory]
    [InlineData(null, "service.instance.id=")]
    [InlineData("team=zoo", "team=zoo,service.instance.id=")]
    public async Task Each_worker_has_an_OpenTelemetry_instance_id_of_its_own(string? given, string expected)
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Environment = new Dictionary<string, string?> { ["OTEL_RESOURCE_ATTRIBUTES"] = given } });
        await using var slots = await SlotConnections.OpenAsync(cluster);

        string[] attributes =
        [
            (await slots.GetAsync<Variable>(0, "/variable?name=OTEL_RESOURCE_ATTRIBUTES")).Value!,
            (await slots.GetAsync<Variable>(1, "/variable?name=OTEL_RESOURCE_ATTRIBUTES")).Value!,
        ];

        Assert.All(attributes, value => Assert.StartsWith(expected, value, StringComparison.Ordinal));
        Assert.Equal(2, attributes.Distinct().Count());
    }

    [Fact]
    public async Task An_OpenTelemetry_instance_id_that_is_given_stays()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Environment = new Dictionary<string, string?> { ["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id=mine,team=zoo" },
        });

        Assert.Equal("service.instance.id=mine,team=zoo", await VariableAsync(cluster, "OTEL_RESOURCE_ATTRIBUTES"));
    }

    [Fact]
    public async Task What_a_worker_logs_carries_its_slot_and_generation_in_its_scope()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Environment = new Dictionary<string, string?>
            {
                ["Logging__Console__FormatterName"] = "simple",
                ["Logging__Console__FormatterOptions__IncludeScopes"] = "true",
                ["Logging__LogLevel__Microsoft.AspNetCore"] = "Information",
            },
        });

        await cluster.AllSlotsAsync();
        await cluster.Log.WaitForAsync("=> WorkerId:0, Generation:1 => ");
        await cluster.Log.WaitForAsync("=> WorkerId:1, Generation:1 => ");
        await cluster.ReloadBySignalAsync();
        await cluster.AllSlotsAsync();

        await cluster.Log.WaitForAsync("=> WorkerId:0, Generation:2 => ");
        await cluster.Log.WaitForAsync("=> WorkerId:1, Generation:2 => ");
    }

    private static async Task<string?> VariableAsync(ClusterProcess cluster, string name) =>
        (await cluster.GetAsync<Variable>($"/variable?name={name}")).Value;

    private sealed record Launched(string[] Arguments, string CurrentDirectory);

    private sealed record Variable(string? Value);
}
