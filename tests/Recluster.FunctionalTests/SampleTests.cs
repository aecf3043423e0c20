using System.Net.WebSockets;
using System.Text;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>The samples do across a reload what their README says.</summary>
public sealed class SampleTests : IDisposable
{
    private const char End = '\x1e'; // Of a message of SignalR's JSON protocol.

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Chat_clients_of_the_old_and_of_the_new_workers_hear_each_other()
    {
        await using var cluster = await StartAsync("Chat");
        Assert.Contains("<title>Chat</title>", (await cluster.RequestAsync("/")).Text, StringComparison.Ordinal);
        using var old = await EnterAsync(cluster);
        await SayAsync(old, "one");
        Assert.Contains("generation 1: one", await HearAsync(old), StringComparison.Ordinal);

        await cluster.ReloadBySignalAsync();
        using var young = await EnterAsync(cluster);
        await SayAsync(young, "two");

        Assert.Contains("generation 2: two", await HearAsync(old), StringComparison.Ordinal);
        Assert.Contains("generation 2: two", await HearAsync(young), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_consumers_do_each_job_once_and_the_new_worker_goes_on()
    {
        await using var cluster = await StartAsync("QueueConsumer", $"--Queue:Folder={_folder.Root}");
        await PutAsync("one");
        await cluster.Log.WaitForAsync("of generation 1 did the job 'one'");

        await cluster.ReloadBySignalAsync();
        await PutAsync("two");

        await cluster.Log.WaitForAsync("of generation 2 did the job 'two'");
        Assert.Equal(2, cluster.Log.Count("did the job"));
        Assert.Empty(Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public async Task Scheduler_ticks_in_the_master_alone_and_all_workers_hear_it()
    {
        await using var cluster = await StartAsync("Scheduler", "--Clock:Period=00:00:00.05");
        await HeardAsync(cluster);

        await cluster.ReloadBySignalAsync();

        await HeardAsync(cluster);
    }

    private static Task<ClusterProcess> StartAsync(string sample, params string[] arguments) => ClusterProcess.StartAsync(new()
    {
        Urls = sample == "QueueConsumer" ? null : "http://127.0.0.1:0",
        Command = [ZooBuild.DotnetHost, Path.Combine(ZooBuild.FolderOf(sample), sample + ".dll")],
        WorkingDirectory = Path.Combine(ZooBuild.FolderOf("Repository"), "samples", sample),
        Arguments = arguments,
    });

    /// <summary>A file appears under its name when it is whole.</summary>
    private async Task PutAsync(string job)
    {
        await File.WriteAllTextAsync(_folder.File(job), job);
        File.Move(_folder.File(job), _folder.File(job + ".job"));
    }

    private static Task HeardAsync(ClusterProcess cluster) => Eventually.GetAsync(
        async () => (await cluster.RequestAsync("/")).Text.Contains($"of process {cluster.MasterPid}", StringComparison.Ordinal) ? "yes" : null,
        () => $"a tick of the master. The output:{Environment.NewLine}{cluster.Log.Text}");

    private static async Task<ClientWebSocket> EnterAsync(ClusterProcess cluster)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{cluster.Port}/chat"), limit.Token);
        await SendAsync(socket, """{"protocol":"json","version":1}""");
        Assert.Equal("{}" + End, await ReceiveAsync(socket));
        return socket;
    }

    private static Task SayAsync(ClientWebSocket socket, string text) =>
        SendAsync(socket, $$"""{"type":1,"target":"Send","arguments":["{{text}}"]}""");

    private static Task SendAsync(ClientWebSocket socket, string message) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message + End), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    private static async Task<string> HearAsync(ClientWebSocket socket)
    {
        while (true)
        {
            var message = await ReceiveAsync(socket);
            if (message.Contains("\"said\"", StringComparison.Ordinal))
            {
                return message; // The others are pings.
            }
        }
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer, limit.Token);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
