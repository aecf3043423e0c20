using Recluster;

namespace WorkerZoo;

/// <summary>A hosted service of the app's own, which says in which processes it runs.</summary>
internal sealed class HostedCounter : IHostedService
{
    internal int Starts { get; private set; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Starts++;
        var role = ReclusterProcess.IsWorker ? "worker" : "master";
        Console.Out.WriteLine($"hosted service started in pid {Environment.ProcessId} role {role}");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
