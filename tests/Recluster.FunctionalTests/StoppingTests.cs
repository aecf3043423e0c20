using System.Net;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>The end of a cluster, wanted or not.</summary>
public class StoppingTests
{
    [Fact]
    public async Task A_stop_while_the_first_generation_starts_is_no_failure()
    {
        await using var cluster = ClusterProcess.Launch(new() { Arguments = ["--Zoo:Vice=NeverReady", "--Zoo:ViceSlot=1"] });
        await cluster.Log.WaitForAsync("Worker ready: slot 0");

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
        await cluster.Log.WaitForAsync("Cluster stopping: ");
        Assert.Equal(0, cluster.Log.Count("Hosting failed to start"));
        Assert.Equal(0, cluster.Log.Count("TerminateAsync"));
        Assert.Equal(0, cluster.Log.Count("canceled"));
    }

    [Theory]
    [InlineData(Posix.SigTerm)]
    [InlineData(Posix.SigInt)]
    public async Task A_stopped_master_answers_what_is_in_flight_and_leaves_no_process_and_no_socket_file(int signal)
    {
        using var folder = new TemporaryFolder();
        var socket = folder.File("app.sock");
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = $"http://127.0.0.1:0;http://unix:{socket}" });
        var requests = new[]
        {
            cluster.GetAsync<ZooIdentity>($"/wait?file={folder.File("go")}"),
            cluster.GetAsync<ZooIdentity>($"/wait?file={folder.File("go")}", LoadTarget.Unix(socket)),
        };
        await Eventually.TrueAsync(() => cluster.Log.Count("waiting for") == 2, () => "both requests under way");
        Assert.True(File.Exists(socket));

        cluster.Signal(signal);
        await cluster.Log.WaitForAsync("Cluster stopping: 2 workers");
        await File.WriteAllTextAsync(folder.File("go"), "");

        await Task.WhenAll(requests);
        Assert.Equal(0, await cluster.ExitAsync());
        Assert.False(File.Exists(socket));
        Assert.Equal(0, cluster.Log.Count("fail:"));
    }

    [Fact]
    public async Task A_worker_that_refuses_to_die_is_killed_when_the_shutdown_timeout_is_over()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Zoo:Vice=RefusesToExit", "--shutdownTimeoutSeconds=2"] });

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Equal(2, cluster.Log.Count("killed, the cluster was stopping"));
    }

    [Fact]
    public async Task A_request_that_never_ends_does_not_keep_the_cluster_from_stopping()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--shutdownTimeoutSeconds=2"] });
        var request = cluster.GetAsync<ZooIdentity>("/wait?file=/nowhere/to/be/found");
        await cluster.Log.WaitForAsync("waiting for");

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
        await Assert.ThrowsAsync<RequestFailedException>(() => request);
    }

    [Fact]
    public async Task A_stop_during_a_reload_ends_both_generations()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Zoo:Vice=NeverReady", "--Zoo:ViceFrom=2"] });
        var reload = cluster.ReloadAsync();
        await cluster.Log.WaitForAsync("generation 2.");

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(ReloadStatus.Stopping, (await reload).Result.Status);
        Assert.Equal(0, await cluster.ExitAsync());
    }

    [Fact]
    public async Task A_worker_can_end_the_whole_cluster()
    {
        await using var cluster = await ClusterProcess.StartAsync();

        await Assert.ThrowsAsync<RequestFailedException>(() => cluster.RequestAsync("/admin/terminate", "POST"));

        Assert.Equal(0, await cluster.ExitAsync());
    }

    [Fact]
    public async Task The_apps_own_exit_code_is_the_masters()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Zoo:ExitCode=7"] });

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(7, await cluster.ExitAsync());
    }

    [Fact]
    public async Task When_the_master_is_killed_its_workers_exit_and_a_new_master_starts_at_once_in_the_same_place()
    {
        using var folder = new TemporaryFolder();
        var socket = folder.File("app.sock");
        await using var first = await ClusterProcess.StartAsync(new() { Urls = $"http://127.0.0.1:0;http://unix:{socket}" });
        await using var idle = await HttpConnection.OpenAsync(first.Target, Eventually.Limit);
        var before = await first.AllSlotsAsync();

        first.Signal(Posix.SigKill);
        await using var second = await ClusterProcess.StartAsync(
            new() { Urls = $"http://127.0.0.1:{first.Port};http://unix:{socket}" });

        await first.AllGoneAsync();
        var after = await second.AllSlotsAsync();
        Assert.Empty(before.Values.Select(who => who.Pid).Intersect(after.Values.Select(who => who.Pid)));
        await second.AllSlotsAsync(target: LoadTarget.Unix(socket));
        Assert.Equal(first.Port, ((IPEndPoint)second.Target.EndPoint).Port);
        Assert.Equal(2, first.Log.Count("The master is gone"));
    }
}
