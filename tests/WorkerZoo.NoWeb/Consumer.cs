using Microsoft.Extensions.Hosting;
using Recluster;

namespace WorkerZoo.NoWeb;

/// <summary>Says when it starts, when it is to take no more work, and when it ends.</summary>
internal sealed class Consumer(IReclusterWorker worker) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await worker.WaitUntilActiveAsync(stoppingToken); // Not while it is being prepared: a reload may still be rolled back.
        Say("started");
        using var draining = worker.Draining.Register(() => Say("draining"));
        await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Say("stopped");
    }

    private void Say(string what) => Console.Out.WriteLine(
        $"consumer {what}: slot {worker.Id}, pid {Environment.ProcessId}, generation {worker.Generation}, "
        + $"clustered {worker.IsClustered}, WORKER_ID {Environment.GetEnvironmentVariable("WORKER_ID") ?? "none"}");
}
