using Microsoft.AspNetCore.SignalR;
using Recluster;

namespace WorkerZoo.Blazor;

/// <summary>Says which process a client is connected to, at once or when a file exists.</summary>
internal sealed class ZooHub(IReclusterWorker worker) : Hub
{
    public string Who() => $"generation {worker.Generation} pid {Environment.ProcessId}";

    public async Task<string> WhoAtGate(string file)
    {
        Console.Out.WriteLine($"hub waits for {file} in pid {Environment.ProcessId}");
        while (!File.Exists(file))
        {
            await Task.Delay(10);
        }

        return Who();
    }
}
