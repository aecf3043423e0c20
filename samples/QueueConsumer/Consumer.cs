using Recluster;

namespace QueueConsumer;

/// <summary>
/// Takes jobs from a folder, which stands for a message queue: <c>Queue:Folder</c>. A worker begins when it is promoted and takes no new job when its
/// successor has taken over. It finishes the job that it has.
/// </summary>
internal sealed partial class Consumer(IReclusterWorker worker, IConfiguration configuration, ILogger<Consumer> logger) : BackgroundService
{
    private readonly string _folder = configuration["Queue:Folder"] ?? Path.Combine(Path.GetTempPath(), "recluster-queue");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Directory.CreateDirectory(_folder);
        await worker.WaitUntilActiveAsync(stoppingToken);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, worker.Draining);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        try
        {
            do
            {
                while (!end.IsCancellationRequested && TryTake() is { } job)
                {
                    await DoAsync(job);
                }
            }
            while (await timer.WaitForNextTickAsync(end.Token));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The successor consumes now, or the cluster stops.
        }
    }

    /// <summary>Only one worker can rename a file, so each job has one owner. A job whose worker died stays as *.taken.</summary>
    private string? TryTake()
    {
        foreach (var job in Directory.EnumerateFiles(_folder, "*.job"))
        {
            try
            {
                var taken = Path.ChangeExtension(job, ".taken");
                File.Move(job, taken);
                return taken;
            }
            catch (FileNotFoundException)
            {
                // Another worker was faster.
            }
        }

        return null;
    }

    private async Task DoAsync(string job)
    {
        var text = await File.ReadAllTextAsync(job);
        Done(logger, worker.Id, worker.Generation, text.Trim());
        File.Delete(job);
    }

    [LoggerMessage(LogLevel.Information, "Slot {Slot} of generation {Generation} did the job '{Job}'.")]
    private static partial void Done(ILogger logger, int slot, int generation, string job);
}
