using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>A deploy writes into the folder that the app runs from.</summary>
public sealed class ChangedFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ChangedFilesTests() => ZooBuild.CopyTo(_folder.File("app"), "only");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_a_roll_back_it_is_said_once_health_is_degraded_and_a_worker_that_runs_the_new_files_is_marked()
    {
        await using var cluster = await StartAsync($"--Zoo:ViceFile={_folder.File("vice")}");
        Replace("WorkerZoo.dll");
        await File.WriteAllTextAsync(_folder.File("vice"), "ExitsAtOnce");
        Assert.Equal(ReloadStatus.RolledBack, (await cluster.ReloadAsync()).Result.Status);

        await cluster.Log.WaitForAsync($"The app's files have been changed since generation 1 began: WorkerZoo.dll in '{_folder.File("app")}'.");
        var degraded = await HealthAsync(cluster, "Degraded");
        Assert.Equal($"WorkerZoo.dll in '{_folder.File("app")}'", degraded.Data["changedFiles"]);
        Assert.DoesNotContain(await cluster.WorkersAsync(), worker => worker.RunsChangedFiles);

        File.Delete(_folder.File("vice"));
        Posix.Signal((await cluster.WhoAsync()).Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync("Worker runs changed files: slot ");
        var workers = await cluster.WorkersWhenAsync(workers => workers.Count(worker => worker.Phase == ReclusterWorkerPhase.Active) == 2);
        Assert.Single(workers, worker => worker.RunsChangedFiles);
        Assert.Equal(1, cluster.Log.Count("The app's files have been changed"));

        Assert.Equal(ReloadStatus.Succeeded, (await cluster.ReloadAsync()).Result.Status);
        Assert.DoesNotContain("changedFiles", (await HealthAsync(cluster, "Healthy")).Data.Keys);
        Assert.DoesNotContain(await cluster.WorkersAsync(), worker => worker.RunsChangedFiles && worker.Phase == ReclusterWorkerPhase.Active);
    }

    [Fact]
    public async Task No_worker_is_recycled_into_the_new_files_until_a_reload_succeeds()
    {
        await using var cluster = await StartAsync(
            "--Recluster:MaxRequests=20", "--Recluster:MinRecycleAge=00:00:00", "--Recluster:HeartbeatTimeout=00:00:01");
        Replace("WorkerZoo.dll");

        var mark = cluster.Log.Mark;
        await ServeUntilAsync(cluster, "Asking the master for a replacement: MaxRequests", mark);
        await cluster.Log.WaitForAsync("The app's files have been changed since generation 1 began");
        Assert.Equal(0, cluster.Log.Count("Worker asks to be replaced"));
        Assert.All((await cluster.AllSlotsAsync()).Values, who => Assert.Equal(1, who.Generation));

        await cluster.ReloadBySignalAsync();
        mark = cluster.Log.Mark;
        await ServeUntilAsync(cluster, "Worker asks to be replaced", mark);
    }

    private static async Task ServeUntilAsync(ClusterProcess cluster, string line, int mark)
    {
        var said = cluster.Log.WaitForAsync(line, mark);
        while (!said.IsCompleted)
        {
            await cluster.WhoAsync();
        }

        await said;
    }

    /// <summary>The same file anew, as a deploy of the same build writes it.</summary>
    private void Replace(string name)
    {
        File.Copy(_folder.File("app/" + name), _folder.File("app/new"));
        Posix.RenameOver(_folder.File("app/new"), _folder.File("app/" + name));
    }

    private Task<ClusterProcess> StartAsync(params string[] arguments) => ClusterProcess.StartAsync(new()
    {
        Command = [ZooBuild.DotnetHost, _folder.File("app/WorkerZoo.dll")],
        Arguments = arguments,
    });

    private static Task<Health> HealthAsync(ClusterProcess cluster, string status) => Eventually.GetAsync(
        async () => await cluster.GetAsync<Health>("/health") is var health && health.Status == status ? health : null,
        () => $"a worker that says {status}");

    private sealed record Health(string Status, Dictionary<string, string> Data);
}
