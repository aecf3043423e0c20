using System.Text;
using Recluster;

namespace Scheduler;

/// <summary>Work that must not run N times, such as a schedule or a clean-up. It tells the workers over the bus.</summary>
internal sealed class Clock(IReclusterBus bus, IConfiguration configuration) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(configuration.GetValue("Clock:Period", TimeSpan.FromSeconds(1)));
        for (var tick = 1; await timer.WaitForNextTickAsync(stoppingToken); tick++)
        {
            await bus.PublishAsync(LastTick.Topic, Encoding.UTF8.GetBytes($"tick {tick} of process {Environment.ProcessId}"), stoppingToken);
        }
    }
}

/// <summary>What a worker has heard last.</summary>
internal sealed class LastTick(IReclusterBus bus) : IHostedService
{
    internal const string Topic = "tick";

    private IDisposable? _subscription;

    internal string Text { get; private set; } = "no tick yet";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = bus.Subscribe(Topic, payload =>
        {
            Text = Encoding.UTF8.GetString(payload.Span);
            return ValueTask.CompletedTask;
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }
}
