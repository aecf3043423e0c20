using System.Globalization;

namespace Recluster.Protocol;

/// <summary>
/// What the master tells a worker through its environment, because the worker needs it before the host exists.
/// <code>
/// RECLUSTER_WORKER  = version master-pid worker-id slot generation channel-descriptor beat-milliseconds key-ring-descriptor
///                     hand-over
/// RECLUSTER_SOCKETS = one line per endpoint the master reserved, in order of binding:
///                     escaped-key SPACE ("group" | "shared" | "failed") SPACE descriptor,descriptor,...
/// WORKER_ID         = slot (stays in the worker's environment: it is for the app)
/// </code>
/// "group": one descriptor per slot. "shared": one descriptor for all. "failed": the master could not bind this endpoint and
/// Kestrel went on without it (IPv6 on a machine that has none), so the worker fails there in the same way.
/// beat-milliseconds: how often the master wants to hear of the worker; 0: never. key-ring-descriptor: a memory file for DataProtection
/// keys that the cluster shares. hand-over: see <see cref="HandOverDescriptors"/>; "-": none.
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
    internal const string SocketsVariable = "RECLUSTER_SOCKETS";
    internal const string SlotVariable = "WORKER_ID";

    /// <summary>Raised when the two sides can no longer understand each other; a worker of another version refuses to start.</summary>
    internal const int ProtocolVersion = 2;

    /// <summary>Null where connections stay with the worker that accepted them.</summary>
    internal HandOverDescriptors? HandOver { get; init; }

    internal static bool TryParse(string worker, string? sockets, out WorkerEnvironment? environment, out string? error)
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

        if (fields.Length != 9
            || !TryInt(fields[1], out var masterPid)
            || !long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var workerId)
            || !TryInt(fields[3], out var slot)
            || !TryInt(fields[4], out var generation)
            || !TryInt(fields[5], out var channel)
            || !TryInt(fields[6], out var beat)
            || !TryInt(fields[7], out var keyRing)
            || !HandOverDescriptors.TryParse(fields[8], out var handOver))
        {
            error = $"{WorkerVariable} is not a worker environment: '{worker}'.";
            return false;
        }

        var endpoints = new List<InheritedEndpoint>();
        foreach (var line in (sockets ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!InheritedEndpoint.TryParse(line, out var endpoint))
            {
                error = $"{SocketsVariable} has a line that is no endpoint: '{line}'.";
                return false;
            }

            endpoints.Add(endpoint!);
        }

        environment = new WorkerEnvironment(
            masterPid, workerId, slot, generation, channel, TimeSpan.FromMilliseconds(beat), keyRing, endpoints)
        {
            HandOver = handOver,
        };
        return true;
    }

    internal string FormatWorker() => string.Create(
        CultureInfo.InvariantCulture,
        $"{ProtocolVersion} {MasterProcessId} {WorkerId} {Slot} {Generation} {ChannelDescriptor} {(int)BeatInterval.TotalMilliseconds} {KeyRingDescriptor} {HandOver?.Format() ?? HandOverDescriptors.None}");

    internal string FormatSockets() => string.Join('\n', Endpoints.Select(endpoint => endpoint.Format()));

    private static bool TryInt(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
