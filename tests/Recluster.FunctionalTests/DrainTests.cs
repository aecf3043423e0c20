using System.Net.Sockets;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>What a replaced worker does with what it still has.</summary>
public class DrainTests
{
    [Fact]
    public async Task A_draining_worker_serves_the_next_request_of_an_idle_connection_and_then_ends_it()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        await using var connection = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        var before = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));

        await cluster.ReloadBySignalAsync();
        var last = await connection.SendAsync("/", Eventually.Limit);

        Assert.Equal(before.Pid, ClusterProcess.Parse<ZooIdentity>(last).Pid);
        Assert.False(last.KeepsAlive);
        await cluster.Log.WaitForAsync($"pid {before.Pid}, generation 1: exit code 0");
    }

    [Fact]
    public async Task A_request_that_outlives_DrainTimeout_is_aborted_and_its_worker_is_gone()
    {
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Recluster:DrainTimeout=00:00:01"] });
        var request = cluster.GetAsync<ZooIdentity>("/wait?file=/nowhere/to/be/found");
        var waiting = await cluster.Log.WaitForAsync("waiting for");
        var pid = int.Parse(waiting[(waiting.LastIndexOf(' ') + 1)..], null);

        await cluster.ReloadBySignalAsync();

        var failure = await Assert.ThrowsAsync<RequestFailedException>(() => request);
        Assert.Equal(Outcome.ResetBeforeFirstByteFresh, failure.Outcome);
        await cluster.Log.WaitForAsync("The time to drain (00:00:01) is over: 1 connections are aborted.");
        await cluster.Log.WaitForAsync($"pid {pid}, generation 1: ");
        Assert.False(ProcessTable.IsAlive(pid));
    }

    [Fact]
    public async Task A_worker_that_does_not_exit_after_its_drain_is_killed()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Arguments = ["--Zoo:Vice=RefusesToExit", "--Recluster:DrainTimeout=00:00:01"],
        });
        var before = await cluster.AllSlotsAsync();

        await cluster.ReloadBySignalAsync();

        foreach (var who in before.Values)
        {
            await cluster.Log.WaitForAsync($"pid {who.Pid}, generation 1: timeout, it was still there after DrainTimeout (00:00:01) and was killed");
            Assert.False(ProcessTable.IsAlive(who.Pid));
        }
    }

    [Fact]
    public async Task A_connection_in_the_midst_of_its_TLS_handshake_does_not_keep_a_worker_from_draining()
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Urls = null,
            Arguments = ["--Zoo:Listen=https:0"],
        });
        var tls = cluster.Target with { Tls = true };
        var silent = new List<Socket>();
        for (var i = 0; i < 8; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(cluster.Target.EndPoint);
            silent.Add(socket);
        }

        // Queues are first in, first out: a later connection to each slot has been served, so the silent ones have been accepted.
        await cluster.AllSlotsAsync(target: tls);
        await cluster.ReloadBySignalAsync();
        silent.ForEach(socket => socket.Dispose());

        await cluster.WorkersWhenAsync(workers => workers.Length == 2, tls);
    }
}
