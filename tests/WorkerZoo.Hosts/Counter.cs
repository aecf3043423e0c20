using Recluster;

namespace WorkerZoo.Hosts;

/// <summary>A hosted service that says where it starts and stops.</summary>
internal class Counter : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => SayAsync("started");

    public Task StopAsync(CancellationToken cancellationToken) => SayAsync("stopped");

    private Task SayAsync(string what) =>
        Console.Out.WriteLineAsync($"{GetType().Name} {what} in pid {Environment.ProcessId} worker {ReclusterProcess.IsWorker}");
}

/// <summary>Registered in the container itself.</summary>
internal sealed class ContainerCounter : Counter;

/// <summary>Of the second host in a process.</summary>
internal sealed class SecondCounter : Counter;

/// <summary>Runs once per cluster.</summary>
internal sealed class MasterCounter : Counter;
