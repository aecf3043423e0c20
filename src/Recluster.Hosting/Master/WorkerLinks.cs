using System.Collections.Concurrent;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>All workers as the master reaches them, by their number.</summary>
internal sealed class WorkerLinks(IWorkerStarter starter, IHangDump? dump, TimeProvider time, IClusterInbox inbox)
{
    private readonly ConcurrentDictionary<long, WorkerLink> _links = new();

    internal void Start(Effect.Start start, ClusterSnapshot snapshot)
    {
        var process = starter.Start(start.Worker, start.Slot, start.Generation);
        try
        {
            var link = new WorkerLink(start.Worker, start.Slot, process, inbox);
            _links[start.Worker] = link;
            inbox.Post(new Input.Started(start.Worker, process.ProcessId, time.GetUtcNow()));
            if (snapshot.Report != ClusterReport.Empty)
            {
                link.Send(new Message.Report(snapshot.Report.ToJson()));
            }

            link.Send(new Message.Cluster(snapshot.ToJson()));
        }
        catch
        {
            process.Kill(); // Nobody would lead it.
            throw;
        }
    }

    internal void RemoveExited(long worker)
    {
        if (_links.TryGetValue(worker, out var link) && link.HasExited)
        {
            _links.TryRemove(worker, out _);
        }
    }

    /// <summary>
    /// Compares the workers that the supervisor knows with the processes that exist. A lost event heals in this way: a worker without a process has
    /// exited, and a process that belongs to no worker is killed.
    /// </summary>
    internal void Compare(ClusterState state)
    {
        foreach (var worker in state.Workers.Values)
        {
            if (!_links.TryGetValue(worker.Id, out var link))
            {
                inbox.Post(new Input.Exited(worker.Id, ExitStatus.NotStarted("it has no process"), []));
            }
            else if (worker.ProcessId == 0)
            {
                inbox.Post(new Input.Started(worker.Id, link.ProcessId));
            }
        }

        foreach (var (worker, link) in _links)
        {
            if (!state.Workers.ContainsKey(worker))
            {
                link.Kill();
                RemoveExited(worker);
            }
        }
    }

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

    internal void Publish(Message.Publish message, Action<WorkerLink> onOverflow)
    {
        foreach (var (_, link) in _links)
        {
            if (!link.TryPublish(message, out var isFirst) && isFirst)
            {
                onOverflow(link);
            }
        }
    }

    /// <summary>Tells the supervisor when the dump is there, or cannot be had.</summary>
    internal void Dump(long worker) => _ = DumpAsync(worker);

    internal void Kill(long worker)
    {
        if (_links.TryGetValue(worker, out var link))
        {
            link.Kill();
        }
    }

    /// <summary>Its exit is still taken when it comes, and means nothing to anybody.</summary>
    internal void GiveUp(long worker)
    {
        if (_links.TryRemove(worker, out var link))
        {
            link.Close();
        }
    }

    private async Task DumpAsync(long worker)
    {
        try
        {
            if (dump is not null && _links.TryGetValue(worker, out var link))
            {
                await dump.TakeAsync(link.ProcessId, link.Killed);
            }
        }
        finally
        {
            inbox.Post(new Input.DumpEnded(worker));
        }
    }
}
