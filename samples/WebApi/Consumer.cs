using Recluster;

/// <summary>
/// Background work of which there is one in each slot at any time: it begins when this worker is promoted, which it never is if its reload is rolled
/// back, and ends when the next one has taken over, while this one still finishes its requests.
/// </summary>
internal sealed partial class Consumer(IReclusterWorker worker, ILogger<Consumer> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await worker.WaitUntilActiveAsync(stoppingToken);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, worker.Draining);

        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        try
        {
            do
            {
                TakeWork(logger, worker.Id);
            }
            while (await timer.WaitForNextTickAsync(end.Token));
        }
        catch (OperationCanceledException) when (worker.Draining.IsCancellationRequested)
        {
            // The next worker has taken over. The host does not stop yet, so it would take the exception for a failure and stop this worker.
        }
    }

    [LoggerMessage(LogLevel.Debug, "Taking work in slot {Slot}.")]
    private static partial void TakeWork(ILogger logger, int slot);
}
