using System.Text;
using Microsoft.AspNetCore.SignalR;
using Recluster;

namespace Chat;

/// <summary>A hub knows the clients of its own worker. The bus carries a message to the hubs of all workers.</summary>
internal sealed class ChatHub(IReclusterBus bus, IReclusterWorker worker) : Hub
{
    internal const string Topic = "chat";

    public async Task Send(string text) =>
        await bus.PublishAsync(Topic, Encoding.UTF8.GetBytes($"slot {worker.Id}, generation {worker.Generation}: {text}"));
}

/// <summary>Sends what comes over the bus to the clients of this worker.</summary>
internal sealed class Relay(IReclusterBus bus, IHubContext<ChatHub> hub) : IHostedService
{
    private IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = bus.Subscribe(ChatHub.Topic, payload => new ValueTask(hub.Clients.All.SendAsync("said", Encoding.UTF8.GetString(payload.Span))));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }
}
