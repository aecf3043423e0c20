using System.Collections.Concurrent;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>All workers as the master reaches them, by their number.</summary>
internal sealed class WorkerLinks(IWorkerStarter starter, HangDump? dump, IClusterInbox inbox)
{
    private readonly ConcurrentDictionary<long, WorkerLink> _links = new();

    internal void Start(Effect.Start start, Message.Cluster snapshot)
    {
        try
        {
            var process = starter.Start(start.Worker, start.Slot, start.Generation);
            var link = new WorkerLink(start.Worker, process, inbox);
            _links[start.Worker] = link;
            inbox.Post(new Input.Started(start.Worker, process.ProcessId));
            link.Send(snapshot);
        }
        catch (Exception e)
        {
            // Foreseen or not: to the supervisor it is a worker that has ended, and it decides what becomes of the slot.
            inbox.Post(new Input.Exited(start.Worker, ExitStatus.NotStarted(e.Message), []));
        }
    }

    internal void Remove(long worker) => _links.TryRemove(worker, out _);

    internal void Send(long worker, Message message)
    {
        if (_links.TryGetValue(worker, out var link))
        {
            link.Send(message);
        }
    }

    internal void SendAll(Message message)
    {
        foreach (var (_, link) in _links)
        {
            link.Send(message);
        }
    }

    internal void Publish(Message.Publish message, Action<long> onOverflow)
    {
        foreach (var (worker, link) in _links)
        {
            if (!link.TryPublish(message))
            {
                onOverflow(worker);
            }
        }
    }

    internal void Kill(Effect.Kill kill)
    {
        if (!_links.TryGetValue(kill.Worker, out var link))
        {
            return;
        }

        if (kill.IsHung && dump is not null)
        {
            _ = DumpAndKillAsync(dump, link);
        }
        else
        {
            link.Kill();
        }
    }

    private static async Task DumpAndKillAsync(HangDump dump, WorkerLink link)
    {
        await dump.TakeAsync(link.ProcessId);
        link.Kill();
    }
}
