using System.Globalization;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.Master;

/// <summary>How many descriptors the processes of a cluster need, held against the limit before anything fails for want of them.</summary>
/// <param name="Slots">For so many slots.</param>
/// <param name="Master">What the master needs at least, in a reload, when there are two workers a slot.</param>
/// <param name="Worker">What a worker needs at least, without its connections.</param>
/// <param name="Limit">What each may have.</param>
internal sealed record DescriptorNeeds(int Slots, int Master, int Worker, long Limit)
{
    private const string Limited = "The limit of open files (RLIMIT_NOFILE)";

    /// <summary>What the runtime and a small app have open, mostly the files of assemblies.</summary>
    internal const int TypicalOwn = 230;

    // In the master, for each worker: the control channel, its standard error, its process descriptor, and the socket for descriptors.
    private const int PerWorker = 4;

    // In a worker: for each listening socket that it accepts from, the pair that stops it; the channel, the socket for descriptors, shared
    // memory.
    private const int PerEndpoint = 2;
    private const int OfWorker = 4;

    // While it warms up (Rehearsal): for each endpoint two sockets of its own with all that; the same hand-over, and the connections.
    private const int WarmUpPerEndpoint = 6;
    private const int OfWarmUp = 20;

    // With fewer left, the first dozens of clients would use them up.
    private const int Room = 100;

    // What the runtime opens on the way from here to a running master, mostly the files of assemblies.
    private const int RoomToStart = 48;

    /// <param name="own">What the runtime and the app have open in the master. A worker has as many at least.</param>
    /// <param name="endpoints">As Kestrel has bound them.</param>
    /// <param name="slots">For so many slots.</param>
    /// <param name="options">The cluster's.</param>
    internal static DescriptorNeeds For(int own, IReadOnlyList<InheritedEndpoint> endpoints, int slots, ReclusterOptions options)
    {
        var shared = endpoints.Sum(endpoint => endpoint.Layout switch
        {
            EndpointLayout.Group => slots,
            EndpointLayout.Shared => 1,
            _ => 0,
        });
        shared += endpoints.Count > 0 && options.Balancing == Balancing.LeastConnections ? 2 * slots : 0;
        var perEndpoint = PerEndpoint + (options.WarmUp.Enabled ? WarmUpPerEndpoint : 0);
        var ofWorker = (perEndpoint * endpoints.Count) + OfWorker + (options.WarmUp.Enabled && endpoints.Count > 0 ? OfWarmUp : 0);
        var inReload = slots + Math.Min(slots, options.MaxSurge ?? slots);
        return new(slots, own + shared + (PerWorker * inReload), own + shared + ofWorker, DescriptorLimit.Read().Soft);
    }

    /// <summary>Why a start is not worth a try; null: it is.</summary>
    internal static string? NoRoom(int? open, long limit) => limit - (open ?? limit) >= RoomToStart
        ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Limited} is {limit}, and {open ?? limit} are open before anything of the cluster is. {DescriptorLimit.Remedy}.");

    /// <summary>Why so many slots cannot be; null: they can.</summary>
    internal string? Shortage() => Math.Max(Master, Worker) <= Limit ? null : Describe("before the first connection");

    /// <summary>What to say where little is left for connections; null: nothing.</summary>
    internal string? Scarcity() => Limit - Worker >= Room ? null : Describe("so little is left for connections and the app's own files");

    private string Describe(string meaning) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Limited} is {Limit}. With {Count()} the master needs about {Master} in a reload and each worker {Worker}, {meaning}. ")
        + DescriptorLimit.Remedy + ".";

    private string Count() => Slots == 1 ? "1 worker" : string.Create(CultureInfo.InvariantCulture, $"{Slots} workers");
}
