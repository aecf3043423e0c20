using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>Clients that start a SignalR connection while the cluster reloads, over each transport: none fails.</summary>
[Collection(LoadCollection.Name)]
public class SignalRStartTests
{
    private const int AtLeast = 20;

    private static readonly string[] Transports = ["WebSockets", "SkipNegotiation", "ServerSentEvents", "LongPolling", "Automatic"];

    [NodeFact]
    public async Task Starts_of_JavaScript_clients_across_a_reload_all_succeed()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options());
        await using var node = NodeClients.Start();

        await AssertAllStartAsync(cluster, async (transport, key) =>
        {
            await node.StartAsync(key, BlazorZoo.Url(cluster, "/hub"), transport);
            await node.InvokeAsync(key, "Who");
            await node.StopAsync(key);
        });
    }

    [Fact]
    public async Task Starts_of_dotnet_clients_across_a_reload_all_succeed()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options());

        await AssertAllStartAsync(cluster, async (transport, _) =>
        {
            await using var hub = new HubConnectionBuilder().WithUrl(BlazorZoo.Url(cluster, "/hub"), options =>
            {
                options.SkipNegotiation = transport == "SkipNegotiation";
                options.Transports = transport switch
                {
                    "Automatic" => HttpTransports.All,
                    "SkipNegotiation" => HttpTransportType.WebSockets,
                    _ => Enum.Parse<HttpTransportType>(transport),
                };
            }).Build();
            await hub.StartAsync().WaitAsync(Eventually.Limit);
            await hub.InvokeAsync<string>("Who").WaitAsync(Eventually.Limit);
        });
    }

    /// <summary>One client after the other over each transport, from before a reload until after it.</summary>
    private static async Task AssertAllStartAsync(ClusterProcess cluster, Func<string, string, Task> startAsync)
    {
        var failures = new ConcurrentQueue<string>();
        var began = Transports.ToDictionary(transport => transport, _ => new TaskCompletionSource());
        var isOver = new TaskCompletionSource();
        var running = Transports.Select(transport => Task.Run(async () =>
        {
            var starts = 0;
            while (!isOver.Task.IsCompleted || starts < AtLeast)
            {
                starts++;
                try
                {
                    await startAsync(transport, $"{transport}-{starts}");
                }
                catch (Exception e)
                {
                    failures.Enqueue($"{transport}, start {starts}: {e.Message}");
                }

                began[transport].TrySetResult();
            }
        })).ToArray();

        await Task.WhenAll(began.Values.Select(first => first.Task));
        await cluster.ReloadBySignalAsync();
        isOver.SetResult();
        await Task.WhenAll(running);

        Assert.Empty(failures);
    }
}
