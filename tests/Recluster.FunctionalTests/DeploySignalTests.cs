using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>A signal that a deploy sends never ends an app, whatever the app is doing: it is answered, or it does nothing.</summary>
public class DeploySignalTests
{
    private static readonly (string Name, int Number)[] Signals =
        [("SIGUSR2", Posix.SigUsr2), ("SIGTTIN", Posix.SigTtin), ("SIGTTOU", Posix.SigTtou), ("SIGHUP", Posix.SigHup)];

    [Theory]
    [InlineData("--Recluster:Enabled=false", "Recluster:Enabled is false", "info")]
    [InlineData("--Zoo:OwnServer=true", "the server is made by a factory and not Kestrel", "warn")]
    public async Task A_single_process_answers_each_with_one_line_and_goes_on(string argument, string reason, string level)
    {
        await using var app = ClusterProcess.Launch(new() { Arguments = [argument] });
        await app.Log.WaitForAsync("Application started");

        await AssertAnsweredAsync(app, reason);

        var line = await app.Log.WaitForAsync($"Recluster runs the app as a single process: {reason}");
        Assert.StartsWith(level, app.Log.Lines[app.Log.Lines.ToList().IndexOf(line) - 1], StringComparison.Ordinal);
        Assert.Equal(0, (await app.WhoAsync()).Generation);
        app.Signal(Posix.SigTerm);
        Assert.Equal(0, await app.ExitAsync());
    }

    [Fact]
    public async Task Under_dotnet_watch_too()
    {
        await using var app = ClusterProcess.Launch(new() { Environment = new Dictionary<string, string?> { ["DOTNET_WATCH"] = "1" } });
        await app.Log.WaitForAsync("Application started");

        await AssertAnsweredAsync(app, "dotnet watch runs it");
    }

    [Fact]
    public async Task In_a_host_without_a_web_server_too()
    {
        await using var app = ClusterProcess.Launch(NonWebHostTests.Options with { Arguments = ["--Recluster:Enabled=false"] });
        await app.Log.WaitForAsync("Application started");

        await AssertAnsweredAsync(app, "Recluster:Enabled is false");
    }

    [Fact]
    public async Task Before_the_single_process_runs_they_wait_and_are_answered_then()
    {
        using var gates = new TemporaryFolder();
        await using var app = ClusterProcess.Launch(
            new() { Arguments = ["--Recluster:Enabled=false", $"--Zoo:RunGate={gates.Root}/run"] });
        await app.Log.WaitForAsync("the app waits before it runs");
        foreach (var (_, number) in Signals)
        {
            app.Signal(number);
        }

        File.WriteAllText($"{gates.Root}/run", "");

        foreach (var (name, _) in Signals)
        {
            await app.Log.WaitForAsync($"No cluster: Recluster:Enabled is false; {name} did nothing.");
        }

        await app.Log.WaitForAsync("Application started");
    }

    [Fact]
    public async Task Before_the_master_runs_they_wait_and_are_done_once_the_cluster_serves()
    {
        using var gates = new TemporaryFolder();
        await using var cluster = ClusterProcess.Launch(new() { Workers = 1, Arguments = [$"--Zoo:RunGate={gates.Root}/run"] });
        await cluster.Log.WaitForAsync("the app waits before it runs");
        cluster.Signal(Posix.SigUsr2);
        cluster.Signal(Posix.SigTtin);

        File.WriteAllText($"{gates.Root}/run", "");

        await cluster.Log.WaitForAsync("Cluster started");
        await cluster.Log.WaitForAsync("Cluster scaled: from 1 to 2 workers.");
        await cluster.Log.WaitForAsync("Reload done: generation 2");
    }

    [Fact]
    public async Task While_the_cluster_stops_each_is_answered_and_the_exit_code_is_0()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:ShutdownDelay=00:10:00"] });
        cluster.Signal(Posix.SigTerm);
        await cluster.Log.WaitForAsync("Cluster going to stop");

        foreach (var (name, number) in Signals)
        {
            cluster.Signal(number);
            await cluster.Log.WaitForAsync($"The cluster is stopping; {name} did nothing.");
        }

        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Equal(0, cluster.Log.Count("Reload begun"));
    }

    [Theory]
    [InlineData("--Recluster:Workers=1")]
    [InlineData("--Recluster:Enabled=false")]
    public async Task After_the_host_has_ended_they_do_not_change_the_exit_code(string argument)
    {
        using var gates = new TemporaryFolder();
        await using var app = ClusterProcess.Launch(new() { Arguments = [argument, $"--Zoo:EndGate={gates.Root}/end"] });
        await app.Log.WaitForAsync("Application started");
        app.Signal(Posix.SigTerm);
        await app.Log.WaitForAsync("the app waits after it has run");

        foreach (var (_, number) in Signals)
        {
            app.Signal(number);
        }

        File.WriteAllText($"{gates.Root}/end", "");
        Assert.Equal(0, await app.ExitAsync());
    }

    [Fact]
    public async Task An_app_whose_name_the_user_has_set_is_still_a_cluster()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Environment = new Dictionary<string, string?> { ["ASPNETCORE_APPLICATIONNAME"] = "shop" } });

        await cluster.ReloadBySignalAsync();

        Assert.Equal(2, (await cluster.WhoAsync()).Generation);
        Assert.Equal(0, cluster.Log.Count("single process"));
    }

    private static async Task AssertAnsweredAsync(ClusterProcess app, string reason)
    {
        foreach (var (name, number) in Signals)
        {
            var mark = app.Log.Mark;
            app.Signal(number);
            await app.Log.WaitForAsync($"No cluster: {reason}; {name} did nothing.", mark);
        }

        Assert.Equal(Signals.Length, app.Log.Count("did nothing."));
    }
}
