using System.Globalization;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Signals sent to a worker instead of the master.</summary>
public class WorkerSignalTests
{
    [Theory]
    [InlineData(LoadMode.ConnectionPerRequest)]
    [InlineData(LoadMode.KeepAlive)]
    public async Task A_worker_that_is_sent_SIGTERM_is_replaced_first_and_no_request_fails(LoadMode mode)
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var before = await cluster.AllSlotsAsync();
        await using var load = LoadRun.Start(
            new LoadOptions { Target = cluster.Target, Mode = mode, ThinkTime = TimeSpan.FromMilliseconds(2) });
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        Posix.Signal(before[1].Pid, Posix.SigTerm);
        await cluster.Log.WaitForAsync($"Worker exited: slot 1, pid {before[1].Pid}, generation 1: exit code 0");
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
        var after = await cluster.AllSlotsAsync();
        Assert.Equal((before[0].Pid, 1), (after[0].Pid, after[1].Generation));
        Assert.NotEqual(before[1].Pid, after[1].Pid);
        var lines = cluster.Log.Lines.ToList();
        var ready = lines.FindIndex(line => line.Contains($"Worker ready: slot 1, pid {after[1].Pid}", StringComparison.Ordinal));
        var gone = lines.FindIndex(line => line.Contains($"Worker exited: slot 1, pid {before[1].Pid}", StringComparison.Ordinal));
        Assert.True(ready < gone, cluster.Log.Text);
    }

    [Fact]
    public async Task A_worker_ignores_the_signals_that_are_the_masters_business()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var before = await cluster.AllSlotsAsync();
        foreach (var signal in (int[])[Posix.SigInt, Posix.SigHup, Posix.SigUsr2])
        {
            foreach (var who in before.Values)
            {
                Posix.Signal(who.Pid, signal);
            }
        }

        var report = await LoadRun.RunAsync(
            new LoadOptions { Target = cluster.Target, Mode = LoadMode.ConnectionPerRequest, Requests = 300 });

        Assert.True(report[Outcome.Ok] == 300, report.ToString());
        Assert.Equal(before.Values.Select(who => who.Pid).Order(), report.ProcessIds.Order());
        Assert.Equal(0, cluster.Log.Count("Reload begun"));
        Assert.Equal(0, cluster.Log.Count("asks to be replaced"));
    }

    [Fact]
    public async Task A_signal_to_a_worker_that_has_not_come_to_Program_yet_does_not_end_it_and_is_honoured()
    {
        using var folder = new TemporaryFolder();
        var gate = folder.File("gate");
        await File.WriteAllTextAsync(gate, "");
        await using var cluster = await ClusterProcess.StartAsync(new() { Workers = 1, Arguments = [$"--Zoo:FirstGate={gate}"] });
        foreach (var file in Directory.GetFiles(folder.Root))
        {
            File.Delete(file);
        }

        var reload = cluster.ReloadAsync();
        await Eventually.TrueAsync(() => Directory.GetFiles(folder.Root).Length == 1, () => "the new worker waits");
        var starting = int.Parse(Path.GetExtension(Directory.GetFiles(folder.Root)[0])[1..], CultureInfo.InvariantCulture);
        foreach (var signal in Posix.OfWorkers)
        {
            Posix.Signal(starting, signal);
        }

        await File.WriteAllTextAsync(gate, "");

        Assert.Equal(ReloadStatus.Succeeded, (await reload).Result.Status);
        await cluster.Log.WaitForAsync($"Worker exited: slot 0, pid {starting}, generation 2: exit code 0");
        Assert.Equal((0, 2), ((await cluster.WhoAsync()).Slot, (await cluster.WhoAsync()).Generation));
        Assert.Equal(0, cluster.Log.Count("Worker died"));
    }
}
