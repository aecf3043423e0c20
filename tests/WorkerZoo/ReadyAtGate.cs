using Recluster;

namespace WorkerZoo;

/// <summary>Says that this worker is ready once a file exists.</summary>
internal sealed class ReadyAtGate(IReclusterWorker worker, string gate) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Gate.WaitAsync(gate);
        worker.SignalReady();
    }
}
