using Recluster;

namespace WorkerZoo;

/// <summary>
/// Ways in which an app ends its own host. Zoo:StopsItself=MILLISECONDS: each worker from generation Zoo:ViceFrom on does so after that time.
/// </summary>
internal static class SelfStopRoutes
{
    internal static void AddServices(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ThrowingService>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ThrowingService>());
        builder.Services.AddHostedService<ActiveSayer>();
        if (builder.Configuration.GetValue<int?>("Zoo:StopsItself") is { } milliseconds
            && ReclusterProcess.Generation >= builder.Configuration.GetValue("Zoo:ViceFrom", 1))
        {
            builder.Services.AddHostedService(provider => new StopsAfter(
                provider.GetRequiredService<IHostApplicationLifetime>(), TimeSpan.FromMilliseconds(milliseconds)));
        }
    }

    internal static void Map(WebApplication app)
    {
        app.MapGet("/stop/application", (IHostApplicationLifetime lifetime) => lifetime.StopApplication());
        app.MapGet("/stop/throw", (ThrowingService service) => service.Throw());
        app.MapGet("/stop/host", () =>
        {
            _ = Task.Run(() => app.StopAsync()); // As Program.cs does after StartAsync; not awaited by a request that it waits for.
        });
    }
}

/// <summary>A background service that throws when it is asked to, which stops the host.</summary>
internal sealed class ThrowingService : BackgroundService
{
    private readonly TaskCompletionSource _throw = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void Throw() => _throw.TrySetResult();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _throw.Task.WaitAsync(stoppingToken);
        throw new InvalidOperationException("This build's background service throws.");
    }
}

/// <summary>Stops the host some time after it has started.</summary>
internal sealed class StopsAfter(IHostApplicationLifetime lifetime, TimeSpan time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        using var starting = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        await Task.Delay(time, stoppingToken);
        lifetime.StopApplication();
    }
}

/// <summary>Says when this process may begin its work.</summary>
internal sealed class ActiveSayer(IReclusterWorker worker) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await worker.WaitUntilActiveAsync(stoppingToken);
        Console.Out.WriteLine($"work begins: slot {worker.Id}, pid {Environment.ProcessId}, generation {worker.Generation}");
    }
}
