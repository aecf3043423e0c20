using System.Diagnostics;
using System.Globalization;
using System.Net;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Nothing is left behind in the master, and nothing leaks into processes that the app starts.</summary>
public class DescriptorTests
{
    [Fact]
    public async Task Ten_reloads_leave_the_master_with_as_many_descriptors_as_one()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await cluster.ReloadBySignalAsync();
        var afterOne = await SettledAsync(cluster);

        for (var i = 0; i < 9; i++)
        {
            await cluster.ReloadBySignalAsync();
        }

        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
        await Eventually.TrueAsync(
            () => Descriptors(cluster).Count == afterOne,
            () => $"{Descriptors(cluster).Count} descriptors after 10 reloads, {afterOne} after one: {string.Join(" ", Descriptors(cluster))}");
    }

    [Fact]
    public async Task A_process_that_the_app_starts_inherits_no_socket_and_is_no_worker()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var children = new List<int>();
        try
        {
            // Within reloads as well, where the master and the workers have the most descriptors in their hands.
            for (var generation = 1; generation <= 2; generation++)
            {
                var reload = cluster.ReloadAsync();
                do
                {
                    children.Add((await cluster.GetAsync<ChildAnswer>("/child")).Child);
                }
                while (!reload.IsCompleted && children.Count < 100);
                Assert.Equal(ReloadStatus.Succeeded, (await reload).Result.Status);
            }

            Assert.All(children, child => Assert.DoesNotContain(
                ProcessTable.DescriptorsOf(child), target => target.StartsWith("socket:", StringComparison.Ordinal)));
            Assert.All(children, child => Assert.DoesNotContain("RECLUSTER_", File.ReadAllText($"/proc/{child}/environ"), StringComparison.Ordinal));
            Assert.All(children, child => Assert.DoesNotContain(Posix.OfWorkers, signal => ProcessTable.IsHeldBack(child, signal)));
        }
        finally
        {
            children.ForEach(child => Posix.Signal(child, Posix.SigKill));
        }
    }

    [Fact]
    public async Task A_process_that_Program_starts_before_it_calls_AddRecluster_inherits_nothing_of_the_cluster()
    {
        using var folder = new TemporaryFolder();
        List<int> children = [];
        try
        {
            int port;
            await using (var cluster = await ClusterProcess.StartAsync(new() { Arguments = [$"--Zoo:EarlyChild={folder.Root}"] }))
            {
                port = cluster.Port;
                children = [.. Directory.GetFiles(folder.Root).Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
                Assert.Equal(2, children.Count);
                foreach (var child in children)
                {
                    Assert.DoesNotContain(ProcessTable.DescriptorsOf(child), target => target.StartsWith("socket:", StringComparison.Ordinal));
                    Assert.DoesNotContain("RECLUSTER_", File.ReadAllText($"/proc/{child}/environ"), StringComparison.Ordinal);
                    Assert.DoesNotContain(Posix.OfWorkers, signal => ProcessTable.IsHeldBack(child, signal));
                }

                // It does not keep the master from seeing the worker's end.
                var slots = await cluster.AllSlotsAsync();
                Posix.Signal(slots[1].Pid, Posix.SigKill);
                await cluster.Log.WaitForAsync($"Worker died: slot 1, pid {slots[1].Pid}");
                await cluster.WorkersWhenAsync(workers => workers.Count(worker => worker.Phase == ReclusterWorkerPhase.Active) == 2);
                cluster.Signal(Posix.SigTerm);
                Assert.Equal(0, await cluster.ExitAsync());
            }

            await using var next = await ClusterProcess.StartAsync(new() { Urls = $"http://127.0.0.1:{port}" });
            Assert.All(children, child => Assert.True(ProcessTable.IsAlive(child)));
            Assert.Equal(next.MasterPid, (await next.WhoAsync()).MasterPid);
        }
        finally
        {
            foreach (var path in Directory.GetFiles(folder.Root))
            {
                Posix.Signal(int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture), Posix.SigKill);
            }
        }
    }

    [Fact]
    public async Task A_worker_of_two_with_two_endpoints_holds_few_descriptors()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = "http://127.0.0.1:0;http://127.0.0.1:0" });
        var workers = (await cluster.AllSlotsAsync()).Values.Select(who => who.Pid).ToArray();
        await cluster.ReloadBySignalAsync();
        workers = [.. (await cluster.AllSlotsAsync()).Values.Select(who => who.Pid)];

        foreach (var process in (int[])[cluster.MasterPid, .. workers])
        {
            var open = Opened(process);
            Assert.True(open.Count <= 60, $"process {process} holds {open.Count}: {string.Join(" ", open)}");
        }
    }

    [Fact]
    public async Task A_hard_limit_of_1024_suffices_for_three_localhost_endpoints_and_scaling_to_16()
    {
        var ports = FreePorts.Take(3);
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = WithLimit(1024),
            Urls = string.Join(';', ports.Select(port => $"http://localhost:{port}")),
        });
        LoadTarget[] targets =
        [
            .. ports.SelectMany(port => (LoadTarget[])[LoadTarget.Loopback(port), new(new IPEndPoint(IPAddress.IPv6Loopback, port))]),
        ];

        await cluster.ReloadBySignalAsync();
        foreach (var target in targets)
        {
            await cluster.AllSlotsAsync(target: target);
        }

        // The reason of a refusal comes with it.
        foreach (var workers in (int[])[8, 16])
        {
            var result = ClusterProcess.Parse<ScaleResult>(await cluster.RequestAsync($"/admin/scale?n={workers}", "POST", target: targets[0]));
            Assert.Equal((ScaleStatus.Succeeded, workers, null), (result.Status, result.Workers, result.Reason));
        }

        await cluster.AllSlotsAsync(16, targets[^1]);
    }

    [Fact]
    public async Task Scaling_beyond_the_limit_is_answered_with_the_limit_and_the_way_out_and_changes_nothing()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Command = WithLimit(500), Arguments = ["--Recluster:MaxWorkers=512"] });
        var before = await cluster.AllSlotsAsync();
        var held = Opened(cluster.MasterPid).Count;

        var result = ClusterProcess.Parse<ScaleResult>(await cluster.RequestAsync("/admin/scale?n=200", "POST"));

        Assert.Equal((ScaleStatus.Failed, 2), (result.Status, result.Workers));
        Assert.Contains("The limit of open files (RLIMIT_NOFILE) is 500. With 200 workers the master needs about", result.Reason, StringComparison.Ordinal);
        Assert.Contains("LimitNOFILE=", result.Reason, StringComparison.Ordinal);
        await cluster.Log.WaitForAsync("Cluster not scaled to 200 workers; 2 serve as before. The limit of open files");
        Assert.Equal(held, Opened(cluster.MasterPid).Count);
        Assert.Equal(before.Values.Select(who => who.Pid).Order(), (await cluster.AllSlotsAsync()).Values.Select(who => who.Pid).Order());
        Assert.Equal(0, cluster.Log.Count("Cluster scaled"));
    }

    [Fact]
    public async Task A_limit_that_cannot_suffice_is_said_at_the_start_with_the_way_out()
    {
        await using var cluster = ClusterProcess.Launch(new() { Command = WithLimit(600), Workers = 300 });

        Assert.NotEqual(0, await cluster.ExitAsync());

        Assert.Contains("The cluster cannot start. The limit of open files (RLIMIT_NOFILE) is 600", cluster.Log.Text, StringComparison.Ordinal);
        Assert.Contains("LimitNOFILE=", cluster.Log.Text, StringComparison.Ordinal);
        Assert.Equal(0, cluster.Log.Count("Worker started"));
    }

    [Fact]
    public async Task Sockets_that_cannot_be_opened_for_want_of_descriptors_are_said_with_the_limit()
    {
        // 512 sockets for an endpoint.
        await using var cluster = ClusterProcess.Launch(new() { Command = WithLimit(400), Workers = 512 });

        Assert.NotEqual(0, await cluster.ExitAsync());

        Assert.Contains(
            "The sockets of 127.0.0.1:0 cannot be opened: the limit of open files is reached (RLIMIT_NOFILE: soft 400, hard 400). Raise it",
            cluster.Log.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_with_a_lower_limit_than_the_master_says_that_it_cannot_take_the_sockets()
    {
        // Too low for what it is sent, and enough for the runtime to say so: 3 endpoints of 100 sockets.
        using var folder = new TemporaryFolder();
        var wrapper = folder.File("wrapper");
        await File.WriteAllTextAsync(wrapper, $"#!/bin/sh\nulimit -n 250\nexec {ZooBuild.DotnetHost} \"$@\"\n");
        using (var chmod = Process.Start("chmod", ["+x", wrapper]))
        {
            await chmod.WaitForExitAsync();
        }

        await using var cluster = ClusterProcess.Launch(new()
        {
            Urls = "http://127.0.0.1:0;http://127.0.0.1:0;http://127.0.0.1:0",
            Workers = 100,
            Arguments = [$"--Recluster:WorkerExecutable={wrapper}", "--Recluster:MaxStartFailures=1", "--Recluster:MaxConcurrentStarts=1"],
        });

        Assert.NotEqual(0, await cluster.ExitAsync());

        Assert.Contains(
            "This worker cannot take the sockets that the master sends: the limit of open files is reached (RLIMIT_NOFILE: soft 250, hard 250). Raise it",
            cluster.Log.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_of_a_killed_worker_does_not_hold_the_port()
    {
        await using var first = await ClusterProcess.StartAsync();
        var child = (await first.GetAsync<ChildAnswer>("/child")).Child;
        try
        {
            foreach (var processId in (int[])[first.MasterPid, .. first.LivingProcesses.Where(id => id != first.MasterPid)])
            {
                Posix.Signal(processId, Posix.SigKill);
            }

            await using var second = await ClusterProcess.StartAsync(new() { Urls = $"http://127.0.0.1:{first.Port}" });

            Assert.True(ProcessTable.IsAlive(child));
            Assert.Equal(second.MasterPid, (await second.WhoAsync()).MasterPid);
        }
        finally
        {
            Posix.Signal(child, Posix.SigKill);
        }
    }

    /// <summary>The number of the master's descriptors once the reload before has been cleared away: two looks that agree.</summary>
    private static async Task<int> SettledAsync(ClusterProcess cluster)
    {
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
        var last = -1;
        await Eventually.TrueAsync(
            () =>
            {
                var before = last;
                last = Descriptors(cluster).Count;
                return last == before;
            },
            () => "the number of descriptors has settled");
        return last;
    }

    /// <summary>Without files: the runtime opens an assembly when it is first needed, and keeps it open.</summary>
    private static IReadOnlyList<string> Descriptors(ClusterProcess cluster) =>
        [.. ProcessTable.DescriptorsOf(cluster.MasterPid).Where(target => !target.StartsWith('/'))];

    /// <summary>The same in any process: its sockets, pipes, event loops and shared memory.</summary>
    private static IReadOnlyList<string> Opened(int processId) =>
        [.. ProcessTable.DescriptorsOf(processId).Where(target => !target.StartsWith('/') || target.StartsWith("/memfd:", StringComparison.Ordinal))];

    private static string[] WithLimit(int descriptors) =>
        ["/bin/sh", "-c", $"ulimit -n {descriptors}; exec \"$@\"", "sh", .. new ZooOptions().Command];

    private sealed record ChildAnswer(int Child);
}
