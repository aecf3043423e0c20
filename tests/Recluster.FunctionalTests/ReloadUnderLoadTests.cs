using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>The heart of the promise: a client cannot tell that a reload happened.</summary>
[Collection(LoadCollection.Name)]
public class ReloadUnderLoadTests
{
    private const int Reloads = 3;

    [Theory]
    [InlineData(LoadMode.ConnectionPerRequest, 1)]
    [InlineData(LoadMode.KeepAlive, 0)]
    [InlineData(LoadMode.KeepAlive, 10)]
    public async Task Reload_under_load_fails_no_request(LoadMode mode, int thinkMilliseconds)
    {
        await using var cluster = await ClusterProcess.StartAsync();

        await ReloadUnderLoadAsync(cluster, new LoadOptions
        {
            Target = cluster.Target,
            Mode = mode,
            ThinkTime = TimeSpan.FromMilliseconds(thinkMilliseconds),
        });
    }

    [Theory]
    [InlineData(LoadMode.ConnectionPerRequest)]
    [InlineData(LoadMode.KeepAlive)]
    public async Task Reload_under_load_over_a_Unix_domain_socket_fails_no_request(LoadMode mode)
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = $"http://unix:{folder.File("app.sock")};http://127.0.0.1:0" });

        await ReloadUnderLoadAsync(
            cluster,
            new LoadOptions { Target = LoadTarget.Unix(folder.File("app.sock")), Mode = mode, ThinkTime = TimeSpan.FromMilliseconds(1) },
            LoadTarget.Loopback(ClusterProcess.PortOf(cluster.Addresses[1])));
    }

    [Theory]
    [InlineData(LoadMode.ConnectionPerRequest)]
    [InlineData(LoadMode.KeepAlive)]
    public async Task Reload_under_load_over_TLS_fails_no_request(LoadMode mode)
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = null, Arguments = ["--Zoo:Listen=https:0"] });

        await ReloadUnderLoadAsync(
            cluster,
            new LoadOptions { Target = cluster.Target with { Tls = true }, Mode = mode, ThinkTime = TimeSpan.FromMilliseconds(2) });
    }

    [Fact]
    public async Task Reload_under_load_over_HTTP2_fails_no_request()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = null, Arguments = ["--Zoo:Listen=h2c:0;any:0"] });
        var admin = LoadTarget.Loopback(ClusterProcess.PortOf(cluster.Addresses[1]));
        await using var load = new Http2Load(cluster.Port, clients: 4);
        await load.MoreAnsweredAsync(100);

        for (var i = 0; i < Reloads; i++)
        {
            await cluster.ReloadBySignalAsync();
            await load.MoreAnsweredAsync(100);
        }

        await cluster.WorkersWhenAsync(workers => workers.Length == 2, admin);
        await load.StopAsync();
        Assert.True(load.Failures.Count == 0, string.Join(Environment.NewLine, load.Failures));
        Assert.True(load.ProcessIds.Count > Reloads, "New workers have answered.");
    }

    [Fact]
    public async Task Requests_in_flight_across_a_reload_are_answered_by_the_worker_that_has_them()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync();
        var requests = new List<Task<ZooIdentity>>();
        for (var i = 1; i <= 6; i++)
        {
            requests.Add(cluster.GetAsync<ZooIdentity>($"/wait?file={folder.File("go")}"));
            await Eventually.TrueAsync(() => cluster.Log.Count("waiting for") == i, () => "the request is under way");
        }

        var before = (await cluster.WorkersAsync()).Select(worker => worker.ProcessId).ToArray();
        await cluster.ReloadBySignalAsync();
        Assert.All(requests, request => Assert.False(request.IsCompleted));
        await File.WriteAllTextAsync(folder.File("go"), "");

        var answers = await Task.WhenAll(requests);
        Assert.All(answers, who => Assert.Equal(1, who.Generation));
        Assert.All(answers, who => Assert.Contains(who.Pid, before));
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
    }

    private static async Task ReloadUnderLoadAsync(ClusterProcess cluster, LoadOptions options, LoadTarget? admin = null)
    {
        admin ??= options.Target;
        await using var load = LoadRun.Start(options);
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        for (var i = 0; i < Reloads; i++)
        {
            await cluster.ReloadBySignalAsync();
            await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        }

        // Up to the exit of the last worker that drained.
        await cluster.WorkersWhenAsync(workers => workers.Length == 2, admin);
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
        Assert.True(report.ProcessIds.Count > Reloads, $"New workers have answered: {report}");
    }
}
