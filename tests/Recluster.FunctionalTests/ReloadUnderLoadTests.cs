using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>The heart of the promise: a client cannot tell that a reload happened. <c>bench/run failures</c> is the same at length.</summary>
[Collection(LoadCollection.Name)]
public class ReloadUnderLoadTests(ReloadUnderLoadTests.SharedCluster shared) : IClassFixture<ReloadUnderLoadTests.SharedCluster>
{
    private const int Reloads = 2;
    private const int RequestsBetween = 100;

    /// <summary>Several at once, since a reload takes longer than enough requests.</summary>
    private static readonly Dictionary<string, Workload[]> Groups = new()
    {
        ["as fast as it goes"] = [Workloads.ConnectionPerRequest, Workloads.KeepAlive, Workloads.Uploads, Workloads.Downloads],
        ["slow, resting and streaming"] =
        [
            Workloads.Thinking, Workloads.Slow, Workloads.WebSocketsReopened, Workloads.EventStreamsReopened,
        ],
        ["held open"] = [Workloads.WebSocketsHeld, Workloads.EventStreamsHeld],
        ["HTTP/2 and TLS"] =
        [
            Workloads.Http2, Workloads.Http2Thinking, Workloads.Http2OverTls, Workloads.TlsConnectionPerRequest, Workloads.TlsThinking,
        ],
    };

    public static TheoryData<string> GroupNames => [.. Groups.Keys];

    [Theory]
    [MemberData(nameof(GroupNames))]
    public Task Reload_under_load_fails_no_request(string group) =>
        ReloadUnderLoadAsync(shared.Cluster, shared.Targets, shared.Targets.Http, Groups[group]);

    [Fact]
    public void No_workload_is_left_out() =>
        Assert.Equal(Workloads.All.Select(load => load.Name).Order(), Groups.Values.SelectMany(group => group).Select(load => load.Name).Order());

    [Fact]
    public async Task Reload_under_load_over_a_Unix_domain_socket_fails_no_request()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Urls = $"http://unix:{folder.File("app.sock")};http://127.0.0.1:0", WarmUp = true });
        var admin = LoadTarget.Loopback(ClusterProcess.PortOf(cluster.Addresses[1]));
        var targets = new LoadTargets(LoadTarget.Unix(folder.File("app.sock")));

        await ReloadUnderLoadAsync(cluster, targets, admin, Workloads.ConnectionPerRequest, Workloads.KeepAlive, Workloads.Thinking);
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

        var before = (await cluster.WorkersAsync()).Select(worker => worker.ProcessId!.Value).ToArray();
        await cluster.ReloadBySignalAsync();
        Assert.All(requests, request => Assert.False(request.IsCompleted));
        await File.WriteAllTextAsync(folder.File("go"), "");

        var answers = await Task.WhenAll(requests);
        Assert.All(answers, who => Assert.Equal(1, who.Generation));
        Assert.All(answers, who => Assert.Contains(who.Pid, before));
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
    }

    private static async Task ReloadUnderLoadAsync(ClusterProcess cluster, LoadTargets targets, LoadTarget admin, params Workload[] workloads)
    {
        var loads = workloads.Select(workload => LoadRun.Start(workload.Options(targets)!)).ToArray();
        try
        {
            await MoreAnsweredAsync();
            for (var i = 0; i < Reloads; i++)
            {
                await cluster.ReloadBySignalAsync();
                await MoreAnsweredAsync();
            }

            // Up to the exit of the last worker that drained, where the clients let it go.
            if (!workloads.Contains(Workloads.WebSocketsHeld))
            {
                await cluster.WorkersWhenAsync(workers => workers.Length == 2, admin);
            }
        }
        finally
        {
            await Task.WhenAll(loads.Select(load => load.DisposeAsync().AsTask()));
        }

        foreach (var (report, workload) in loads.Select(load => load.Report).Zip(workloads))
        {
            Assert.True(report.Failed == 0 && report[Outcome.ClosedInOrder] == 0, $"{workload}: {report}");
            Assert.True(
                report.ProcessIds.Count > Reloads || workload.Options(targets)!.Path != "/", $"{workload}: new workers have answered: {report}");
        }

        await cluster.WorkersWhenAsync(workers => workers.Length == 2, admin);

        Task MoreAnsweredAsync() => Task.WhenAll(loads.Select(load => load.MoreAnsweredAsync(RequestsBetween).WaitAsync(Eventually.Limit)));
    }

    /// <summary>One cluster for all workloads: starting it takes longer than loading it.</summary>
    public sealed class SharedCluster : IAsyncLifetime
    {
        internal ClusterProcess Cluster { get; private set; } = null!;

        internal LoadTargets Targets { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Cluster = await ClusterProcess.StartAsync(new() { Urls = null, WarmUp = true, Arguments = ["--Zoo:Listen=any:0;https:0;h2c:0"] });
            var at = Cluster.Addresses.Select(address => LoadTarget.Loopback(ClusterProcess.PortOf(address))).ToArray();
            Targets = new(at[0], at[1] with { Tls = true }, at[2]);
        }

        public async Task DisposeAsync() => await Cluster.DisposeAsync();
    }
}
