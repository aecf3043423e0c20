namespace WorkerZoo;

/// <summary>Ends the process some time after its app has started.</summary>
internal sealed class DeathAfterStart(IHostApplicationLifetime lifetime, TimeSpan after) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => _ = DieAsync());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DieAsync()
    {
        await Task.Delay(after);
        Console.Error.WriteLine($"This build dies {after} after it has started.");
        Environment.Exit(9);
    }
}
