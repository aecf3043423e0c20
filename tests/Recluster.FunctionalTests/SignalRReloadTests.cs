using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>SignalR connections that are open when the cluster reloads, and those that begin on the old worker after it.</summary>
[Collection(LoadCollection.Name)]
public class SignalRReloadTests
{
    [NodeTheory]
    [InlineData("LongPolling")]
    [InlineData("ServerSentEvents")]
    public async Task A_JavaScript_client_that_cannot_stay_connects_again_to_the_new_worker(string transport)
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options());
        await using var node = NodeClients.Start();
        await node.StartAsync("a", BlazorZoo.Url(cluster, "/hub"), transport);
        Assert.StartsWith("generation 1 ", await node.InvokeAsync("a", "Who"), StringComparison.Ordinal);

        await cluster.ReloadBySignalAsync();

        await node.ReconnectedAsync("a");
        Assert.StartsWith("generation 2 ", await node.InvokeAsync("a", "Who"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpTransportType.LongPolling)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    public async Task A_dotnet_client_that_cannot_stay_connects_again_to_the_new_worker(HttpTransportType transport)
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options());
        await using var hub = Hub(cluster, transport);
        var reconnected = Reconnected(hub);
        await hub.StartAsync().WaitAsync(Eventually.Limit);
        Assert.StartsWith("generation 1 ", await WhoAsync(hub), StringComparison.Ordinal);

        await cluster.ReloadBySignalAsync();

        await reconnected.WaitAsync(Eventually.Limit);
        Assert.StartsWith("generation 2 ", await WhoAsync(hub), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpTransportType.LongPolling, Skip = "Failed in 2 of 10 runs: the client's poll ended before the result came. The cause is not known yet.")]
    [InlineData(HttpTransportType.ServerSentEvents)]
    public async Task A_call_that_runs_gets_its_result_before_its_client_has_to_connect_again(HttpTransportType transport)
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options());
        await using var hub = Hub(cluster, transport);
        var reconnected = Reconnected(hub);
        await hub.StartAsync().WaitAsync(Eventually.Limit);
        var gate = cluster.Folder.File("gate");
        var call = hub.InvokeAsync<string>("WhoAtGate", gate);
        await cluster.Log.WaitForAsync($"hub waits for {gate}");

        await cluster.ReloadBySignalAsync();
        await File.WriteAllTextAsync(gate, "");

        Assert.StartsWith("generation 1 ", await call.WaitAsync(Eventually.Limit), StringComparison.Ordinal);
        await reconnected.WaitAsync(Eventually.Limit);
        Assert.StartsWith("generation 2 ", await WhoAsync(hub), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_WebSocket_stays_with_the_old_worker()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options());
        await using var hub = Hub(cluster, HttpTransportType.WebSockets);
        await hub.StartAsync().WaitAsync(Eventually.Limit);
        var before = await WhoAsync(hub);

        await cluster.ReloadBySignalAsync();

        Assert.StartsWith("generation 1 ", before, StringComparison.Ordinal);
        Assert.Equal(before, await WhoAsync(hub));
    }

    [Fact]
    public async Task A_draining_worker_sends_a_negotiation_on_and_ends_the_connection()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options());
        await using var idle = await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit);
        await idle.SendAsync("/who", Eventually.Limit);
        await cluster.ReloadBySignalAsync();

        var response = await idle.SendAsync("/hub/negotiate?negotiateVersion=1", Eventually.Limit, "POST");

        Assert.Equal(307, response.Status);
        Assert.Equal("negotiate?negotiateVersion=1", response.Headers["Location"]);
        Assert.Equal("close", response.Headers["Connection"]);
    }

    [Fact]
    public async Task An_idle_HTTP_2_connection_to_the_old_worker_negotiates_nothing()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options("--Kestrel:EndpointDefaults:Protocols=Http2"));
        using var http = new HttpClient { DefaultRequestVersion = new Version(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Contains("\"generation\":1", await http.GetStringAsync(new Uri(BlazorZoo.Url(cluster, "/who"))), StringComparison.Ordinal);
        await cluster.ReloadBySignalAsync();

        using var response = await http.PostAsync(new Uri(BlazorZoo.Url(cluster, "/hub/negotiate?negotiateVersion=1")), null);

        Assert.Contains("connectionToken", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"generation\":2", await http.GetStringAsync(new Uri(BlazorZoo.Url(cluster, "/who"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/hub", null, HttpTransportType.WebSockets)]
    [InlineData("/private", "the-token", HttpTransportType.WebSockets)]
    [InlineData("/private", "the-token", HttpTransportType.LongPolling)]
    public async Task A_client_with_an_idle_connection_to_the_old_worker_starts_on_the_new_one(string path, string? token, HttpTransportType transport)
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options());
        using var handler = new SocketsHttpHandler();
        using var http = new HttpClient(handler, disposeHandler: false);
        using var shared = new HttpMessageInvoker(handler, disposeHandler: false);
        Assert.Contains("\"generation\":1", await http.GetStringAsync(new Uri(BlazorZoo.Url(cluster, "/who"))), StringComparison.Ordinal);
        await cluster.ReloadBySignalAsync();

        await using var hub = new HubConnectionBuilder().WithUrl(BlazorZoo.Url(cluster, path), options =>
        {
            options.Transports = transport;
            options.AccessTokenProvider = () => Task.FromResult(token);
            options.HttpMessageHandlerFactory = _ => new Shared(shared);
        }).Build();
        await hub.StartAsync().WaitAsync(Eventually.Limit);

        Assert.StartsWith("generation 2 ", await WhoAsync(hub), StringComparison.Ordinal);
    }

    private static HubConnection Hub(ClusterProcess cluster, HttpTransportType transport) => new HubConnectionBuilder()
        .WithUrl(BlazorZoo.Url(cluster, "/hub"), options => options.Transports = transport)
        .WithAutomaticReconnect([.. Enumerable.Repeat(TimeSpan.Zero, 20)])
        .Build();

    private static Task Reconnected(HubConnection hub)
    {
        var reconnected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Reconnected += _ =>
        {
            reconnected.TrySetResult();
            return Task.CompletedTask;
        };
        hub.Closed += error =>
        {
            reconnected.TrySetException(error ?? new InvalidOperationException("The connection was closed."));
            return Task.CompletedTask;
        };
        return reconnected.Task;
    }

    private static Task<string> WhoAsync(HubConnection hub) => hub.InvokeAsync<string>("Who").WaitAsync(Eventually.Limit);

    /// <summary>A client disposes its handler, and this one is shared.</summary>
    private sealed class Shared(HttpMessageInvoker inner) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            inner.SendAsync(request, cancellationToken);
    }
}
