using Recluster;

namespace WorkerZoo;

/// <summary>Ends the process when the master says that this worker has reached a phase.</summary>
internal sealed class DeathInPhase(IServiceProvider provider, ReclusterWorkerPhase phase) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var control = provider.GetRequiredService<IReclusterControl>();
        while (!control.Workers.Any(worker => worker.ProcessId == Environment.ProcessId && worker.Phase == phase))
        {
            await Task.Delay(5, stoppingToken);
        }

        Console.Error.WriteLine($"This build dies in phase {phase}.");
        Environment.Exit(9);
    }
}
