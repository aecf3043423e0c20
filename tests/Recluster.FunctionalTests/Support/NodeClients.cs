using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Recluster.FunctionalTests.Support;

/// <summary>A node process with real JavaScript clients (SignalR's, a headless Chromium), led by commands: Clients/clients.cjs.</summary>
internal sealed class NodeClients : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly TemporaryFolder _profile = new();
    private readonly Task _reading;
    private int _last;

    private NodeClients()
    {
        _process = Process.Start(new ProcessStartInfo(Tools.Node!, Path.Combine(Tools.Clients, "clients.cjs"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _reading = ReadAsync();
    }

    internal static NodeClients Start() => new();

    internal static async Task<NodeClients> BrowseAsync()
    {
        var clients = new NodeClients();
        await clients.DoAsync(new { @do = "browse", executable = Tools.Chromium, profile = clients._profile.Root });
        return clients;
    }

    /// <summary>Starts a SignalR client. Fails if its start fails.</summary>
    internal Task StartAsync(string key, string url, string transport, string? token = null) =>
        DoAsync(new { @do = "start", key, url, transport, token });

    internal async Task<string> InvokeAsync(string key, string method, params string[] args) =>
        (await DoAsync(new { @do = "invoke", key, method, args })).GetString()!;

    /// <summary>Completes when the client has connected again.</summary>
    internal Task ReconnectedAsync(string key) => DoAsync(new { @do = "reconnected", key });

    internal Task StopAsync(string key) => DoAsync(new { @do = "stop", key });

    internal Task OpenAsync(string key, string url) => DoAsync(new { @do = "open", key, url });

    internal Task ClickAsync(string key, string selector) => DoAsync(new { @do = "click", key, selector });

    internal Task WaitTextAsync(string key, string selector, string text) => DoAsync(new { @do = "waitText", key, selector, text });

    internal Task<JsonElement> EvaluateAsync(string key, string script) => DoAsync(new { @do = "evaluate", key, script });

    /// <summary>How many times the page was loaded.</summary>
    internal async Task<int> LoadsAsync(string key) => (await DoAsync(new { @do = "loads", key })).GetInt32();

    /// <summary>What its console and its failed responses say.</summary>
    internal async Task<string> LogAsync(string key) => (await DoAsync(new { @do = "log", key })).GetString()!;

    internal Task CloseAsync(string key) => DoAsync(new { @do = "close", key });

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close(); // It closes its browser and ends.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _reading;
        _process.Dispose();
        _writing.Dispose();
        _profile.Dispose();
    }

    private async Task<JsonElement> DoAsync(object command)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        var line = JsonSerializer.SerializeToNode(command)!;
        line["id"] = id;
        await _writing.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(line.ToJsonString());
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }

        return await answer.Task.WaitAsync(Eventually.Limit);
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var answer = JsonDocument.Parse(line).RootElement;
            if (_waiting.TryRemove(answer.GetProperty("id").GetInt32(), out var waiting))
            {
                if (answer.TryGetProperty("error", out var error))
                {
                    waiting.TrySetException(new InvalidOperationException(error.GetString()));
                }
                else
                {
                    waiting.TrySetResult(answer.GetProperty("value"));
                }
            }
        }

        foreach (var waiting in _waiting.Values)
        {
            waiting.TrySetException(new InvalidOperationException("The node process has ended."));
        }
    }
}
