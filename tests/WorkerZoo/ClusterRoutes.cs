using System.Collections.Concurrent;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Recluster;

namespace WorkerZoo;

/// <summary>What the workers of a cluster share, and what they tell of it: bus, events, health, key ring, sticky clients.</summary>
internal static class ClusterRoutes
{
    internal static void AddServices(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<BusCounter>();
        builder.Services.AddSingleton<EventRecorder>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<BusCounter>());
        builder.Services.AddHostedService(provider => provider.GetRequiredService<EventRecorder>());
        builder.Services.AddReclusterMasterService<OncePerCluster>();
        BadMasterService.Add(builder);
        builder.Services.AddHealthChecks().AddRecluster(builder.Configuration["Zoo:ClusterCheck"] ?? "recluster");
        if (HasSignalR(builder.Configuration))
        {
            builder.Services.AddSignalR();
        }

        KeyRoutes.AddServices(builder);
    }

    internal static void Map(WebApplication app)
    {
        app.MapPost("/bus/publish", async (string topic, int bytes, IReclusterBus bus) =>
        {
            try
            {
                await bus.PublishAsync(topic, new byte[bytes]);
                return "published";
            }
            catch (ArgumentException e)
            {
                return $"{e.GetType().Name}: {e.Message}";
            }
        });
        app.MapGet("/bus/counts", (BusCounter counter) => counter.Counts);
        app.MapGet("/events", (EventRecorder recorder) => recorder.Events);
        app.MapGet("/events/until", async (ReclusterEventKind kind, EventRecorder recorder) =>
        {
            Console.Out.WriteLine($"waiting for {kind} in pid {Environment.ProcessId}");
            while (recorder.Events.All(happened => happened.Kind != kind))
            {
                await Task.Delay(5);
            }

            return recorder.Events;
        });
        app.MapHealthChecks("/health", new HealthCheckOptions
        {
            Predicate = check => check.Name == "recluster",
            ResultStatusCodes =
            {
                [HealthStatus.Degraded] = StatusCodes.Status200OK,
                [HealthStatus.Unhealthy] = StatusCodes.Status200OK,
            },
            ResponseWriter = (context, report) => context.Response.WriteAsJsonAsync(new
            {
                Status = report.Status.ToString(),
                report.Entries["recluster"].Description,
                Data = report.Entries["recluster"].Data.ToDictionary(pair => pair.Key, pair => $"{pair.Value}"),
                Pid = Environment.ProcessId,
            }),
        });
        KeyRoutes.Map(app);
        app.MapGet("/variable", (string name) => new { Value = Environment.GetEnvironmentVariable(name) });
        app.MapGet("/launched", () => new { Arguments = Environment.GetCommandLineArgs(), Environment.CurrentDirectory });
        if (HasSignalR(app.Configuration))
        {
            app.MapHub<WhoHub>("/hub");
        }
    }

    // Off by default: with it Balancing goes by the client's address, and a test has one address.
    private static bool HasSignalR(IConfiguration configuration) => configuration.GetValue("Zoo:SignalR", false);
}

/// <summary>Counts what the bus delivers to this process, the master included.</summary>
internal sealed class BusCounter(IReclusterBus bus) : IHostedService
{
    private readonly ConcurrentDictionary<string, int> _counts = [];

    internal IReadOnlyDictionary<string, int> Counts => _counts;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var topic in (string[])["cache", "other"])
        {
            bus.Subscribe(topic, payload =>
            {
                _counts.AddOrUpdate(topic, 1, (_, count) => count + 1);
                return default;
            });
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Keeps what happens in the cluster from the start of this process on.</summary>
internal sealed class EventRecorder(IReclusterControl control) : BackgroundService
{
    private readonly ConcurrentQueue<ReclusterEvent> _events = [];

    internal IEnumerable<ReclusterEvent> Events => _events;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var happened in control.WatchAsync(stoppingToken))
        {
            _events.Enqueue(happened);
        }
    }
}

/// <summary>Belongs to the master; says where it runs, and what the bus and the events bring there.</summary>
internal sealed class OncePerCluster(IReclusterBus bus, IReclusterControl control) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Console.Out.WriteLine($"once per cluster started in pid {Environment.ProcessId} worker {ReclusterProcess.IsWorker}");
        using var subscription = bus.Subscribe("cache", payload =>
        {
            Console.Out.WriteLine($"once per cluster got {payload.Length} bytes");
            return default;
        });
        await foreach (var happened in control.WatchAsync(stoppingToken))
        {
            if (happened.Kind == ReclusterEventKind.ReloadSucceeded)
            {
                Console.Out.WriteLine($"once per cluster saw generation {happened.Generation}");
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        Console.Out.WriteLine($"once per cluster stopped in pid {Environment.ProcessId}");
        await base.StopAsync(cancellationToken);
    }
}

/// <summary>Says which process a client is connected to.</summary>
internal sealed class WhoHub : Hub
{
    public string Who() => $"{Environment.ProcessId} {Context.ConnectionId}";
}
