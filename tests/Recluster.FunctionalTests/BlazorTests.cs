using System.Net;
using System.Text.Json;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>Blazor Server pages and SignalR in a real browser.</summary>
[Collection(LoadCollection.Name)]
public class BlazorTests
{
    private const int Workers = 4;
    private const int Loads = 12;

    [BrowserFact]
    public async Task Page_loads_with_interaction_on_four_workers_all_work()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options() with { Workers = Workers });
        await using var browser = await NodeClients.BrowseAsync();

        for (var i = 0; i < Loads; i++)
        {
            // Each client has an address of its own, or all would meet one worker.
            await using var relay = new AddressRelay(IPAddress.Parse($"127.0.0.{i + 2}"), cluster.Port);
            await OpenAsync(browser, "page", relay.Port);
            await browser.ClickAsync("page", "#more");
            await browser.WaitTextAsync("page", "#count", "1");
            await browser.CloseAsync("page");
        }
    }

    [BrowserFact]
    public async Task An_open_page_goes_on_through_a_reload_and_loads_itself_anew_at_DrainTimeout()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options("--Recluster:DrainTimeout=00:00:08"));
        await using var browser = await NodeClients.BrowseAsync();
        await OpenAsync(browser, "page", cluster.Port);

        await cluster.ReloadBySignalAsync();
        await browser.ClickAsync("page", "#more");
        await browser.WaitTextAsync("page", "#count", "1");
        Assert.Equal(1, await browser.LoadsAsync("page"));

        await browser.WaitTextAsync("page", "#generation", "2");
        Assert.Equal(2, await browser.LoadsAsync("page"));
        Assert.DoesNotContain("404", await browser.LogAsync("page"), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task A_page_that_moves_its_circuit_keeps_its_state()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options("--Zoo:MoveCircuits=true"));
        await using var browser = await NodeClients.BrowseAsync();
        await OpenAsync(browser, "page", cluster.Port);
        await browser.ClickAsync("page", "#more");
        await browser.WaitTextAsync("page", "#count", "1");

        await cluster.ReloadBySignalAsync();

        await browser.WaitTextAsync("page", "#generation", "2");
        await browser.WaitTextAsync("page", "#count", "1");
        await browser.ClickAsync("page", "#more");
        await browser.WaitTextAsync("page", "#count", "2");
        Assert.Equal(1, await browser.LoadsAsync("page"));
    }

    [BrowserFact]
    public async Task A_hub_that_a_page_of_the_old_worker_starts_after_the_reload_meets_the_new_worker()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options());
        await using var elsewhere = new AddressRelay(IPAddress.Loopback, cluster.Port);
        await using var browser = await NodeClients.BrowseAsync();
        await browser.OpenAsync("page", BlazorZoo.Url(cluster, "/hubs"));

        // Leaves an idle connection to either address.
        string[] addresses = [BlazorZoo.Url(cluster, ""), $"http://127.0.0.1:{elsewhere.Port}"];
        foreach (var address in addresses)
        {
            await browser.EvaluateAsync("page", $"fetch('{address}/who', {{ credentials: 'include' }}).then(response => response.text())");
        }

        await cluster.ReloadBySignalAsync();

        foreach (var address in addresses)
        {
            foreach (var path in (string[])["/hub", "/private"])
            {
                Assert.StartsWith("generation 2 ", (await StartAsync(browser, address + path)).GetString(), StringComparison.Ordinal);
            }
        }

        Assert.Equal("", await browser.LogAsync("page"));
    }

    private static async Task OpenAsync(NodeClients browser, string key, int port)
    {
        await browser.OpenAsync(key, $"http://127.0.0.1:{port}/");
        await browser.WaitTextAsync(key, "#generation", "1");
    }

    private static Task<JsonElement> StartAsync(NodeClients browser, string url) => browser.EvaluateAsync("page", $$"""
        (async () => {
          const hub = new signalR.HubConnectionBuilder()
            .withUrl("{{url}}", { accessTokenFactory: () => "the-token" })
            .configureLogging(signalR.LogLevel.None)
            .build();
          await hub.start();
          return await hub.invoke("Who");
        })()
        """);
}
