using System.Net;
using System.Net.Sockets;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>A cluster that cannot start says why and exits with a code that is not zero.</summary>
public class StartFailureTests
{
    [Theory]
    [InlineData("ThrowsInProgram", "signal SIGABRT", "This build throws in Program.cs.")]
    [InlineData("HostedServiceThrows", "signal SIGABRT", "This build's hosted service throws.")]
    [InlineData("ExitsAtOnce", "exit code 3", "This build exits at once.")]
    [InlineData("NeverReady", "timeout, it was not ready within StartTimeout (00:00:02) and was killed", null)]
    public async Task A_first_generation_that_cannot_start_ends_the_app_with_the_reason(string vice, string cause, string? errorOutput)
    {
        await using var cluster = ClusterProcess.Launch(
            new() { Arguments = [$"--Zoo:Vice={vice}", .. vice == "NeverReady" ? (string[])["--Recluster:StartTimeout=00:00:02"] : []] });

        Assert.Equal(1, await cluster.ExitAsync());

        var line = await cluster.Log.WaitForAsync("The cluster could not start. The worker of slot");
        Assert.Equal(0, cluster.Log.Count("Unhandled exception. ReclusterStartException"));
        Assert.Contains(cause, line, StringComparison.Ordinal);
        if (errorOutput is not null)
        {
            var from = cluster.Log.Lines.ToList().FindIndex(text => text == line);
            Assert.True(cluster.Log.Count(errorOutput, from) > 0, cluster.Log.Text);
        }

        Assert.Equal(0, cluster.Log.Count("Application started"));
    }

    [Theory]
    [InlineData("ReturnsAtOnce", "exit code 0 before it was ready (Program.cs came to its end). It says that a file or lock is held already", "Another instance of this build runs already.")]
    [InlineData("DoesNotWait", "exit code 0 though nobody had told it to stop (Program.cs came to its end). Usual reasons:", "hosted service started in pid")]
    [InlineData("NeverRuns", "was killed; it had not come to app.Run(). Something in Program.cs", "This build waits for a lock.")]
    [InlineData("NeverReady", "was killed; it waited for its hosted services and its server to start", "hosted service started in pid")]
    public async Task An_end_without_a_word_on_standard_error_has_a_hint_and_the_last_lines_on_standard_output(string vice, string reason, string output)
    {
        await using var cluster = ClusterProcess.Launch(new()
        {
            Workers = 1,
            Arguments =
            [
                $"--Zoo:Vice={vice}",
                "--Recluster:MaxStartFailures=1",
                .. vice.StartsWith("Never", StringComparison.Ordinal) ? (string[])["--Recluster:StartTimeout=00:00:10"] : [],
            ],
        });

        Assert.NotEqual(0, await cluster.ExitAsync());

        var line = await cluster.Log.WaitForAsync("The cluster could not start. The worker of slot");
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.EndsWith("Its last lines on standard output:", line, StringComparison.Ordinal);
        Assert.True(cluster.Log.Count(output, cluster.Log.Lines.ToList().IndexOf(line)) > 0, cluster.Log.Text);
    }

    [Fact]
    public async Task StartupTimeout_of_the_host_names_itself_and_what_each_slot_waits_for()
    {
        await using var cluster = ClusterProcess.Launch(new()
        {
            Arguments = ["--Zoo:Vice=NeverReady", "--Recluster:MaxConcurrentStarts=1", "--startupTimeoutSeconds=10"],
        });

        Assert.NotEqual(0, await cluster.ExitAsync());

        var line = await cluster.Log.WaitForAsync("The cluster could not start. HostOptions.StartupTimeout (00:00:10) is over.");
        Assert.Contains("covers the start of the whole first generation (2 workers, at most 1 at once)", line, StringComparison.Ordinal);
        Assert.Matches(@"slot 0: pid \d+ (waited for its hosted services and its server to start|had not come to the start of its host .*); slot 1: not started yet \(MaxConcurrentStarts is 1\)", line);
        Assert.Contains("Set StartupTimeout to more than the whole start takes", line, StringComparison.Ordinal);
        Assert.Equal(0, cluster.Log.Count("TerminateAsync"));
        Assert.Equal(0, cluster.Log.Count("task was canceled"));
    }

    [Fact]
    public async Task All_bad_options_are_reported_at_once_with_value_and_remedy()
    {
        await using var cluster = ClusterProcess.Launch(new()
        {
            Workers = 0,
            Arguments =
            [
                "--Recluster:RespawnDelay=-00:00:01",
                "--Recluster:StartTimeout=00:00:00",
                "--Recluster:DrainTimeout=-1.00:00:00",
                "--Recluster:MaxConcurrentStarts=10000",
                "--Recluster:MaxSurge=one",
            ],
        });

        await AssertEndedInOneLineAsync(cluster);

        foreach (var text in (string[])
            [
                "Recluster:Workers = 0 is out of range. Set it to a number from 1 to 512.",
                "Recluster:RespawnDelay = -00:00:01 is out of range. Set it to a time from 00:00:00",
                "Recluster:StartTimeout = 00:00:00 is out of range. Set it to",
                "Recluster:DrainTimeout = -1.00:00:00 is out of range. Set it to",
                "Recluster:MaxConcurrentStarts = 10000 is out of range. Set it to a number from 1 to 512.",
                "Recluster:MaxSurge = one cannot be read. Set it to a whole number.",
            ])
        {
            Assert.True(cluster.Log.Count(text) > 0, $"'{text}' in:{Environment.NewLine}{cluster.Log.Text}");
        }

        Assert.Equal(0, cluster.Log.Count("Worker started"));
    }

    [Fact]
    public async Task MaxRespawnDelay_below_RespawnDelay_is_reported()
    {
        await using var cluster = ClusterProcess.Launch(
            new() { Arguments = ["--Recluster:RespawnDelay=00:00:10", "--Recluster:MaxRespawnDelay=00:00:05"] });

        Assert.NotEqual(0, await cluster.ExitAsync());

        await cluster.Log.WaitForAsync("Recluster:MaxRespawnDelay = 00:00:05 is below RespawnDelay (00:00:10).");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_port_that_somebody_else_listens_on_is_one_clear_error(bool withReusePort)
    {
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (withReusePort)
        {
            stranger.SetRawSocketOption(1, 15, [1, 0, 0, 0]); // SO_REUSEPORT, socket(7).
        }

        stranger.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        stranger.Listen();
        var port = ((IPEndPoint)stranger.LocalEndPoint!).Port;
        await using var cluster = ClusterProcess.Launch(new() { Urls = $"http://127.0.0.1:{port}" });

        await AssertEndedInOneLineAsync(cluster);

        await AssertTakenAsync(cluster, $"The address 127.0.0.1:{port} is taken by another process");
    }

    [Fact]
    public async Task A_port_that_another_cluster_serves_is_one_clear_error_and_that_cluster_goes_on()
    {
        await using var first = await ClusterProcess.StartAsync();
        await using var second = ClusterProcess.Launch(new() { Urls = $"http://127.0.0.1:{first.Port}" });

        Assert.NotEqual(0, await second.ExitAsync());

        await AssertTakenAsync(second, $"The address 127.0.0.1:{first.Port} is taken by another process");
        Assert.All((await first.AllSlotsAsync()).Values, who => Assert.Equal(first.MasterPid, who.MasterPid));
    }

    /// <summary>By exit code 1, without the runtime's own report of an unhandled exception and its abort.</summary>
    private static async Task AssertEndedInOneLineAsync(ClusterProcess cluster)
    {
        Assert.Equal(1, await cluster.ExitAsync());
        Assert.Equal(0, cluster.Log.Count("Unhandled exception"));
    }

    private static async Task AssertTakenAsync(ClusterProcess cluster, string message)
    {
        await cluster.Log.WaitForAsync(message);
        await cluster.Log.WaitForAsync("choose another port in --urls, ASPNETCORE_URLS or Kestrel:Endpoints.");
        Assert.Equal(0, cluster.Log.Count("Worker started"));
    }
}
