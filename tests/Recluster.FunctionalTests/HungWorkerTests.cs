using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>A worker that is not heard of is relieved, then replaced, then killed; one that comes back in time goes on.</summary>
[Collection(LoadCollection.Name)]
public class HungWorkerTests
{
    [Fact]
    public async Task A_stopped_worker_is_relieved_then_replaced_then_killed_and_no_fresh_connection_fails()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:HeartbeatTimeout=00:00:02"] });
        var before = await cluster.AllSlotsAsync();
        var hung = before[1];

        await ProcessTable.StopAsync(hung.Pid);
        var report = await LoadRun.RunAsync(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, Requests = 200 });

        Assert.True(report[Outcome.Ok] == 200, report.ToString());
        Assert.DoesNotContain(hung.Pid, report.ProcessIds);
        await cluster.Log.WaitForAsync($"Worker not heard of: slot 1, pid {hung.Pid}, generation 1, for ");
        await cluster.Log.WaitForAsync(
            $"Worker ended before it had finished: slot 1, pid {hung.Pid}, generation 1: timeout, it was not heard of within HeartbeatTimeout (00:00:02) and was killed; its successor serves.");
        var lines = cluster.Log.Lines.ToList();
        var unheard = lines.FindIndex(line => line.Contains("Worker not heard of: slot 1", StringComparison.Ordinal));
        var ready = lines.FindIndex(unheard, line => line.Contains("Worker ready: slot 1, ", StringComparison.Ordinal));
        var killed = lines.FindIndex(line => line.Contains("Worker ended before it had finished: slot 1, ", StringComparison.Ordinal));
        Assert.True(unheard < ready && ready < killed, cluster.Log.Text);
        var after = await cluster.AllSlotsAsync();
        Assert.Equal(before[0], after[0]);
        Assert.Equal(1, after[1].Generation);
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
    }

    [Fact]
    public async Task A_worker_that_is_stopped_for_half_the_timeout_is_relieved_and_lives_on()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:HeartbeatTimeout=00:00:10"] });
        var before = await cluster.AllSlotsAsync();

        await ProcessTable.StopAsync(before[1].Pid);

        // Some of these wait on the stopped worker's socket, until a sibling accepts there.
        var report = await LoadRun.RunAsync(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, Requests = 100 });
        Posix.Signal(before[1].Pid, Posix.SigCont);

        Assert.True(report[Outcome.Ok] == 100, report.ToString());
        Assert.Equal([before[0].Pid], report.ProcessIds);
        Assert.Equal(before, await cluster.AllSlotsAsync());
        Assert.Equal(0, cluster.Log.Count("Worker not heard of"));
    }

    [Fact]
    public async Task A_reload_succeeds_past_a_stopped_worker_which_is_then_killed()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:HeartbeatTimeout=00:00:02"] });
        var before = await cluster.AllSlotsAsync();

        await ProcessTable.StopAsync(before[0].Pid);
        await cluster.ReloadBySignalAsync();

        Assert.All((await cluster.AllSlotsAsync()).Values, who => Assert.Equal(2, who.Generation));
        await cluster.Log.WaitForAsync(
            $"slot 0, pid {before[0].Pid}, generation 1: timeout, it was not heard of within HeartbeatTimeout (00:00:02) and was killed");
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
        Assert.False(ProcessTable.IsAlive(before[0].Pid));
    }

    [Fact]
    public async Task A_worker_whose_thread_pool_is_starved_is_replaced_then_killed()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:HeartbeatTimeout=00:00:02"] });
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        var hung = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));

        Task request = connection.SendAsync("/starve", Eventually.Limit);

        await cluster.Log.WaitForAsync($"Worker not heard of: slot {hung.Slot}, pid {hung.Pid}, generation 1, for ");
        await cluster.Log.WaitForAsync($"Worker ended before it had finished: slot {hung.Slot}, pid {hung.Pid}, generation 1: timeout, it was not heard of within HeartbeatTimeout");
        Assert.NotEqual(hung.Pid, (await cluster.AllSlotsAsync())[hung.Slot].Pid);
        await Task.WhenAny(request); // Whether anybody was left to answer it is not certain.
    }

    [Fact]
    public async Task A_hung_worker_writes_a_dump_of_itself_before_it_is_killed()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(Dumps(folder));
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        var hung = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));

        Task request = connection.SendAsync("/starve", Eventually.Limit);

        await cluster.Log.WaitForAsync($"Dump of the hung worker, pid {hung.Pid}: {folder.Root}/recluster-hang-{hung.Pid}-");
        await cluster.Log.WaitForAsync($"Worker ended before it had finished: slot {hung.Slot}, pid {hung.Pid}, generation 1: timeout, it was not heard of");
        var dump = new FileInfo(Assert.Single(Directory.GetFileSystemEntries(folder.Root)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, dump.UnixFileMode);
        Assert.InRange(dump.Length, 1 << 20, long.MaxValue);
        await Task.WhenAny(request);
    }

    [Fact]
    public async Task A_worker_without_a_diagnostics_port_is_killed_and_the_log_says_how_to_get_a_dump()
    {
        using var folder = new TemporaryFolder();
        var options = Dumps(folder);
        await using var cluster = await ClusterProcess.StartAsync(options with
        {
            Arguments = [.. options.Arguments, "--Recluster:WorkerEnvironment:DOTNET_EnableDiagnostics=0"],
        });
        var hung = (await cluster.AllSlotsAsync())[1];

        await ProcessTable.StopAsync(hung.Pid);

        await cluster.Log.WaitForAsync($"No dump of the hung worker, pid {hung.Pid}: it has no diagnostics port");
        await cluster.Log.WaitForAsync("set it to 1 in Recluster:WorkerEnvironment");
        await cluster.Log.WaitForAsync($"Worker ended before it had finished: slot 1, pid {hung.Pid}, ");
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public async Task A_dump_that_the_hung_worker_does_not_write_holds_up_no_stop_and_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var options = Dumps(folder);
        await using var cluster = await ClusterProcess.StartAsync(options with { Arguments = [.. options.Arguments, "--shutdownTimeoutSeconds=3"] });
        var hung = (await cluster.AllSlotsAsync())[1];
        await ProcessTable.StopAsync(hung.Pid); // Its runtime does not answer either.
        await Eventually.TrueAsync(() => Directory.GetDirectories(folder.Root).Length == 1, () => "a dump that is being written");

        cluster.Signal(Posix.SigTerm);

        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Contains($"No dump of the hung worker, pid {hung.Pid}: it was not complete when the worker had to be killed", cluster.Log.Text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    private static ZooOptions Dumps(TemporaryFolder folder) =>
        new() { Arguments = ["--Recluster:HeartbeatTimeout=00:00:02", $"--Recluster:HangDumpFolder={folder.Root}"] };
}
