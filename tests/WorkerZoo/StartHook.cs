namespace WorkerZoo;

/// <summary>A hosted service whose start is what it is given.</summary>
internal sealed class StartHook(Func<Task> start) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => start();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
