using System.Globalization;
using System.Net;
using System.Text.Json;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>What a new worker does to itself before it serves, and that nothing of it can hold a reload up.</summary>
public class WarmUpTests
{
    private const string AnswersNothing = "answers no request from within";

    [Fact]
    public async Task By_default_the_app_and_the_log_see_nothing_of_it()
    {
        await using var cluster = await StartAsync(["--Logging:LogLevel:Recluster.Worker=Debug"], new()
        {
            Environment = new Dictionary<string, string?> { ["Logging__LogLevel__Microsoft.AspNetCore"] = "Information" },
        });

        var seen = await SeenAsync(cluster);

        Assert.Equal(new Dictionary<string, int> { ["real HTTP/1.1 http GET /seen"] = 1 }, seen);
        await cluster.Log.WaitForAsync("Warmed up: 400 requests in ");
        await cluster.Log.WaitForAsync("Request finished HTTP/1.1 GET");
        Assert.Equal(1, cluster.Log.Count("Request finished"));
    }

    [Fact]
    public async Task The_successor_of_the_only_worker_does_not_wait_for_the_compiler_and_one_beside_others_does()
    {
        await using var cluster = await StartAsync(["--Logging:LogLevel:Recluster.Worker=Debug"], new());
        await cluster.Log.WaitForAsync("Warmed up: 400 requests in ");
        Assert.Equal(0, await LastPausesAsync(1));
        await cluster.ReloadBySignalAsync();
        Assert.NotEqual(0, await LastPausesAsync(2));

        Posix.Signal((await cluster.WhoAsync()).Pid, Posix.SigKill);

        Assert.Equal(0, await LastPausesAsync(3));
        await cluster.Log.WaitForAsync("Warm-up is cut short: no other worker serves");
        Assert.Equal(2, (await cluster.WhoAsync()).Generation);

        async Task<int> LastPausesAsync(int warmUps)
        {
            await Eventually.TrueAsync(() => cluster.Log.Count("Warmed up: ") == warmUps, () => cluster.Log.Text);
            var line = cluster.Log.Lines.Last(line => line.Contains("Warmed up: ", StringComparison.Ordinal));
            return int.Parse(line.Split(" ms, ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task A_worker_that_warms_up_hurries_when_the_last_that_serves_dies()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartHangingAsync(folder, "--Recluster:StartTimeout=00:10:00");
        var serving = (await cluster.WhoAsync()).Pid;
        var mark = cluster.Log.Mark;
        cluster.Signal(Posix.SigUsr2);
        await cluster.Log.WaitForAsync("hanging in pid", mark);

        Posix.Signal(serving, Posix.SigKill);

        await cluster.Log.WaitForAsync("Reload done", mark);
        Assert.Equal(2, (await cluster.WhoAsync()).Generation);
    }

    [Fact]
    public async Task A_named_path_is_requested_so_many_times_before_the_worker_serves_and_each_request_is_marked()
    {
        await using var cluster = await StartAsync(["--Recluster:WarmUp:Paths:0=/", "--Recluster:WarmUp:Count=25"]);

        var seen = await SeenAsync(cluster);

        Assert.Equal(25, seen["warm-up HTTP/1.1 http GET /"]);
        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task A_request_has_its_method_body_headers_and_count()
    {
        await using var cluster = await StartAsync(
            [
                "--Recluster:WarmUp:Requests:0:Path=/upload?by=warm-up",
                "--Recluster:WarmUp:Requests:0:Method=POST",
                "--Recluster:WarmUp:Requests:0:Body=hello",
                "--Recluster:WarmUp:Requests:0:Headers:Content-Type=text/plain",
                "--Recluster:WarmUp:Requests:0:Headers:Host=example.org",
                "--Recluster:WarmUp:Requests:0:Count=3",
                "--Recluster:WarmUp:Requests:0:Status=200",
                "--AllowedHosts=example.org;127.0.0.1",
            ]);

        Assert.Equal(3, (await SeenAsync(cluster))["warm-up HTTP/1.1 http POST /upload"]);
        Assert.Equal(0, cluster.Log.Count("Warm-up: "));
    }

    [Fact]
    public async Task An_HTTPS_endpoint_is_warmed_by_both_of_its_protocols()
    {
        await using var cluster = await StartAsync(
            ["--Zoo:Listen=https:0", "--Recluster:WarmUp:Paths:0=/", "--Recluster:WarmUp:Count=10"], new() { Urls = null });

        var seen = await SeenAsync(cluster, cluster.Target with { Tls = true });

        Assert.Equal((5, 5), (seen["warm-up HTTP/1.1 https GET /"], seen["warm-up HTTP/2 https GET /"]));
    }

    [Fact]
    public async Task An_endpoint_that_speaks_only_HTTP2_is_warmed_by_it()
    {
        await using var cluster = await StartAsync(
            ["--Zoo:Listen=h2c:0", "--Recluster:WarmUp:Paths:0=/", "--Recluster:WarmUp:Count=10"], new() { Urls = null });
        using var client = new HttpClient()
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        var body = await client.GetByteArrayAsync(new Uri($"http://127.0.0.1:{cluster.Port}/seen"));

        Assert.Equal(10, JsonSerializer.Deserialize<Dictionary<string, int>>(body)!["warm-up HTTP/2 http GET /"]);
        Assert.Equal(0, cluster.Log.Count(AnswersNothing));
    }

    [Fact]
    public async Task A_Unix_domain_socket_is_warmed()
    {
        using var folder = new TemporaryFolder();
        var socket = folder.File("app.sock");
        await using var cluster = await StartAsync(
            ["--Recluster:WarmUp:Paths:0=/", "--Recluster:WarmUp:Count=10"], new() { Urls = $"http://unix:{socket}" });

        Assert.Equal(10, (await SeenAsync(cluster, LoadTarget.Unix(socket)))["warm-up HTTP/1.1 http GET /"]);
    }

    [Fact]
    public async Task An_endpoint_that_wants_a_client_certificate_is_skipped_and_the_others_are_warmed()
    {
        await using var cluster = await StartAsync(
            ["--Zoo:Listen=mtls:0;any:0", "--Recluster:WarmUp:Paths:0=/", "--Recluster:WarmUp:Count=10"], new() { Urls = null });

        var seen = await SeenAsync(cluster, LoadTarget.Loopback(ClusterProcess.PortOf(cluster.Addresses[1])));

        Assert.Equal(10, seen["warm-up HTTP/1.1 http GET /"]);
        Assert.Equal(1, cluster.Log.Count(AnswersNothing));
    }

    [Theory]
    [InlineData("/fails", "GET /fails answered 503 (http 127.0.0.1:")]
    [InlineData("/hangs", "GET /hangs was not answered within TimeLimit (00:00:03)")]
    public async Task A_bad_path_is_one_warning_and_the_reload_succeeds(string path, string warning)
    {
        await using var cluster = await StartAsync(
            [$"--Recluster:WarmUp:Paths:0={path}", "--Recluster:WarmUp:Paths:1=/", "--Recluster:WarmUp:Count=50", "--Recluster:WarmUp:TimeLimit=00:00:03"]);
        Assert.Equal(1, cluster.Log.Count("Warm-up: "));
        Assert.Equal(1, cluster.Log.Count(warning));
        Assert.Equal(50, (await SeenAsync(cluster))["warm-up HTTP/1.1 http GET /"]);

        Assert.Equal(ReloadStatus.Succeeded, (await cluster.ReloadAsync()).Result.Status);

        Assert.Equal(2, cluster.Log.Count(warning));
    }

    [Fact]
    public async Task A_required_path_that_fails_rolls_the_reload_back_and_the_reason_names_it()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("gate"), "");
        await using var cluster = await StartAsync(
            ["--Recluster:WarmUp:Paths:0=/fails", "--Recluster:WarmUp:IsRequired=true", $"--Zoo:Gate={folder.File("gate")}"]);
        File.Delete(folder.File("gate"));

        var result = (await cluster.ReloadAsync()).Result;

        Assert.Equal((ReloadStatus.RolledBack, 1), (result.Status, result.Generation));
        Assert.Contains("its warm-up, which is required: GET /fails answered 503", result.Reason, StringComparison.Ordinal);
        Assert.Equal(1, (await cluster.WhoAsync()).Generation);
    }

    [Fact]
    public async Task A_reload_that_is_rolled_back_while_it_warms_up_says_so()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartHangingAsync(folder, "--Recluster:StartTimeout=00:00:10");

        var result = (await cluster.ReloadAsync()).Result;

        Assert.Equal(ReloadStatus.RolledBack, result.Status);
        Assert.Contains("it waited for its warm-up: GET /hangs", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_has_to_end_while_it_warms_up_waits_for_no_answer()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartHangingAsync(folder, "--shutdownTimeoutSeconds=600");
        var mark = cluster.Log.Mark;
        cluster.Signal(Posix.SigUsr2);
        await cluster.Log.WaitForAsync("hanging in pid ", mark);

        cluster.Signal(Posix.SigKill);

        await cluster.AllGoneAsync();
        Assert.Equal(0, cluster.Log.Count("Warm-up: "));
    }

    [Theory]
    [InlineData("throws", "Warm-up: OnWarmUp failed: This build's callback throws.")]
    [InlineData("hangs", "Warm-up: OnWarmUp was not done within TimeLimit (00:00:01)")]
    public async Task A_bad_callback_is_one_warning(string callback, string warning)
    {
        await using var cluster = await StartAsync([$"--Zoo:WarmUpCallback={callback}", "--Recluster:WarmUp:TimeLimit=00:00:01"]);

        Assert.Equal(1, cluster.Log.Count(warning));
    }

    [Fact]
    public async Task The_callback_of_the_app_runs_once_before_the_worker_serves()
    {
        await using var cluster = await StartAsync(["--Zoo:WarmUpCallback=runs"]);

        Assert.Equal(1, (await cluster.GetAsync<Dictionary<string, int>>("/callbacks"))["count"]);
    }

    [Fact]
    public async Task Warm_up_requests_do_not_count_towards_MaxRequests()
    {
        await using var cluster = await StartAsync(
            ["--Recluster:WarmUp:Paths:0=/", "--Recluster:WarmUp:Count=1000", "--Recluster:MaxRequests=20",
                "--Recluster:MinRecycleAge=00:00:00", "--Recluster:HeartbeatTimeout=00:00:02"]);
        for (var i = 0; i < 25; i++)
        {
            await cluster.RequestAsync("/seen");
        }

        var line = await cluster.Log.WaitForAsync("MaxRequests: it has served ");

        var served = line.Split("it has served ")[1].Split(' ')[0];
        Assert.InRange(int.Parse(served, CultureInfo.InvariantCulture), 20, 25);
    }

    private static Task<ClusterProcess> StartAsync(string[] arguments, ZooOptions? options = null)
    {
        options ??= new ZooOptions();
        return ClusterProcess.StartAsync(options with { Workers = 1, WarmUp = true, Arguments = [.. options.Arguments, .. arguments] });
    }

    /// <summary>The first generation finds the gate, and the next finds none.</summary>
    private static async Task<ClusterProcess> StartHangingAsync(TemporaryFolder folder, params string[] arguments)
    {
        await File.WriteAllTextAsync(folder.File("gate"), "");
        var cluster = await StartAsync(
            ["--Recluster:WarmUp:Paths:0=/hangs", "--Recluster:WarmUp:TimeLimit=00:10:00", $"--Zoo:Gate={folder.File("gate")}", .. arguments]);
        File.Delete(folder.File("gate"));
        return cluster;
    }

    private static Task<Dictionary<string, int>> SeenAsync(ClusterProcess cluster, LoadTarget? target = null) =>
        cluster.GetAsync<Dictionary<string, int>>("/seen", target);
}
