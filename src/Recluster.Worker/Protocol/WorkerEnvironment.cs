using System.Globalization;
using Recluster.Lifecycle;

namespace Recluster.Protocol;

/// <summary>
/// What the master tells a worker before its host exists: who it is, through its environment, and what it may use, over
/// <see cref="DescriptorChannel"/>.
/// <code>
/// RECLUSTER_WORKER  = version master-pid worker-id slot generation channel-descriptor beat-milliseconds
/// WORKER_ID         = slot (stays in the worker's environment: it is for the app)
/// </code>
/// channel-descriptor: the control channel, the one descriptor that a worker inherits. beat-milliseconds: how often the master wants to hear
/// of the worker; 0: never.
/// </summary>
internal sealed record WorkerEnvironment(
    int MasterProcessId,
    long WorkerId,
    int Slot,
    int Generation,
    int ChannelDescriptor,
    TimeSpan BeatInterval,
    int KeyRingDescriptor,
    IReadOnlyList<InheritedEndpoint> Endpoints)
{
    internal const string WorkerVariable = "RECLUSTER_WORKER";
    internal const string SlotVariable = "WORKER_ID";

    /// <summary>Raised when the two sides can no longer understand each other; a worker of another version refuses to start.</summary>
    internal const int ProtocolVersion = 3;

    /// <summary>The master's own standard output, where this worker's is a pipe to the master; null where it is the same.</summary>
    internal int? OutputDescriptor { get; init; }

    /// <summary>Null where connections stay with the worker that accepted them.</summary>
    internal HandOverDescriptors? HandOver { get; init; }

    /// <summary>Where this worker asks for what the master shares.</summary>
    internal DescriptorChannel? Descriptors { get; init; }

    /// <summary>Ends this worker if its master has ended.</summary>
    internal MasterWatch? Watch { get; init; }

    /// <summary>From a variable of its own: see <see cref="HostFacts"/>.</summary>
    internal HostFacts Host { get; init; } = HostFacts.None;

    internal static bool TryParse(string worker, out WorkerEnvironment? environment, out string? error)
    {
        environment = null;
        error = null;
        var fields = worker.Split(' ');
        if (fields.Length == 0 || !TryInt(fields[0], out var version))
        {
            error = $"{WorkerVariable} is not a worker environment: '{worker}'.";
            return false;
        }

        if (version != ProtocolVersion)
        {
            error = $"The master speaks Recluster protocol {version}, this build speaks {ProtocolVersion}. "
                + "A reload cannot change the master: restart the app once to bring in this version of Recluster.";
            return false;
        }

        if (fields.Length != 7
            || !TryInt(fields[1], out var masterPid)
            || !long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var workerId)
            || !TryInt(fields[3], out var slot)
            || !TryInt(fields[4], out var generation)
            || !TryInt(fields[5], out var channel)
            || !TryInt(fields[6], out var beat))
        {
            error = $"{WorkerVariable} is not a worker environment: '{worker}'.";
            return false;
        }

        environment = new WorkerEnvironment(masterPid, workerId, slot, generation, channel, TimeSpan.FromMilliseconds(beat), 0, []);
        return true;
    }

    internal string FormatWorker() => string.Create(
        CultureInfo.InvariantCulture,
        $"{ProtocolVersion} {MasterProcessId} {WorkerId} {Slot} {Generation} {ChannelDescriptor} {(int)BeatInterval.TotalMilliseconds}");

    /// <summary>The same with what the master shares.</summary>
    internal WorkerEnvironment With(IReadOnlyList<SharedEntry> shared)
    {
        var board = shared.OfType<SharedEntry.Board>().FirstOrDefault();
        var queues = shared.OfType<SharedEntry.Queue>().OrderBy(queue => queue.Slot).ToArray();
        var sockets = shared.OfType<SharedEntry.Socket>().ToLookup(socket => socket.EndpointIndex);
        return this with
        {
            KeyRingDescriptor = shared.OfType<SharedEntry.KeyRing>().FirstOrDefault()?.Descriptor ?? 0,
            OutputDescriptor = shared.OfType<SharedEntry.Output>().FirstOrDefault()?.Descriptor,
            HandOver = board is null ? null : new HandOverDescriptors(
                board.Descriptor, board.Slots, [.. queues.Select(queue => queue.Receive)], [.. queues.Select(queue => queue.Send)]),
            Endpoints =
            [
                .. shared.OfType<SharedEntry.Endpoint>().Select((endpoint, index) => new InheritedEndpoint(
                    endpoint.Key, endpoint.Layout, [.. sockets[index].OrderBy(socket => socket.Slot).Select(socket => socket.Descriptor)])),
            ],
        };
    }

    private static bool TryInt(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
