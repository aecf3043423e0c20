using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.HandOver;
using Recluster.Hosts;
using Recluster.Platform;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.Master;

/// <summary>
/// All that the workers share, held by the master: the listening sockets, the hand-over queues, the key ring. It keeps the list of them
/// (<see cref="SharedDescriptors"/>) in step with what there is.
/// </summary>
internal sealed class ClusterSockets(MasterSockets sockets, ReclusterOptions options, ILogger logger) : IClusterSockets, IDisposable
{
    private const string CannotStart = "The cluster cannot start. ";

    private readonly MemoryFile? _keyRing = MemoryFile.Create("recluster-keys");
    private readonly List<int> _listed = []; // By endpoint: how many of its sockets are on the list.
    private int _listedQueues;
    private int _own = DescriptorNeeds.TypicalOwn; // Of the runtime and the app, before anything is opened for workers.
    private bool _isOpen;
    private HandOverSockets? _handOver;

    internal SharedDescriptors Shared { get; } = new();

    /// <summary>Whether the output of starting workers goes through the master. On a terminal the user sees it, and it keeps its colours.</summary>
    internal bool SharesOutput { get; } = Console.IsOutputRedirected && Libc.IsOpen(StandardOutput.Descriptor);

    /// <summary>
    /// Puts on the list what is not there yet. To be called before a worker starts: the first time it opens the hand-over, since Kestrel has named
    /// its endpoints by then, and a host without any needs none of it.
    /// </summary>
    internal void Refresh()
    {
        if (!_isOpen)
        {
            _isOpen = true;
            Open();
        }

        var fresh = new List<SharedEntry>();
        var endpoints = sockets.Endpoints;
        for (var index = 0; index < endpoints.Count; index++)
        {
            if (index == _listed.Count)
            {
                _listed.Add(0);
                fresh.Add(new SharedEntry.Endpoint(endpoints[index].Key, endpoints[index].Layout));
            }

            for (; _listed[index] < endpoints[index].Descriptors.Count; _listed[index]++)
            {
                fresh.Add(new SharedEntry.Socket(index, _listed[index], endpoints[index].Descriptors[_listed[index]]));
            }
        }

        for (; _listedQueues < _handOver?.Slots; _listedQueues++)
        {
            var queues = _handOver.Descriptors;
            fresh.Add(new SharedEntry.Queue(_listedQueues, queues.Receive[_listedQueues], queues.Send[_listedQueues]));
        }

        Shared.Add(fresh);
    }

    /// <summary>
    /// Fails where so few descriptors are left that the runtime itself may run out of them in the middle of the start; it would die without a
    /// reason. To be called before anything is opened.
    /// </summary>
    /// <exception cref="InvalidOperationException">There are too few.</exception>
    internal static void CheckRoom()
    {
        if (DescriptorNeeds.NoRoom(DescriptorLimit.CountOpen(), DescriptorLimit.Read().Soft) is { } reason)
        {
            throw StartMistake.Of(new InvalidOperationException(CannotStart + reason));
        }
    }

    /// <summary>
    /// Fails, or warns, where the limit of open files does not suffice for the start. To be called when Kestrel has named its endpoints.
    /// </summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    internal void CheckLimit()
    {
        var endpoints = sockets.Endpoints;
        _own = (DescriptorLimit.CountOpen() ?? DescriptorNeeds.TypicalOwn) - endpoints.Sum(endpoint => endpoint.Descriptors.Count);
        var needs = DescriptorNeeds.For(_own, endpoints, options.Workers, options);
        if (needs.Shortage() is { } shortage)
        {
            throw StartMistake.Of(new InvalidOperationException(CannotStart + shortage));
        }

        if (needs.Scarcity() is { } scarcity)
        {
            MasterLog.DescriptorsScarce(logger, scarcity);
        }
    }

    public string? Reserve(int slots)
    {
        if (DescriptorNeeds.For(_own, sockets.Endpoints, slots, options).Shortage() is { } shortage)
        {
            return shortage;
        }

        var before = _handOver?.Slots ?? 0;
        if (_handOver?.Grow(slots) is { } error)
        {
            return $"The hand-over queues of {slots} slots cannot be opened: {error}.";
        }

        try
        {
            sockets.Grow(slots);
        }
        catch (SocketException e)
        {
            _handOver?.Shrink(before);
            return $"The listening sockets of {slots} slots cannot be opened: {Explain(e)}.";
        }

        Refresh();
        return null;
    }

    public void Resize(int listeningSlots, int slots) => sockets.Resize(listeningSlots, slots);

    public Task<EndpointAnswer> ReserveAsync(string key) => sockets.ReserveAsync(key);

    public IReadOnlyList<int> Keep(IReadOnlyList<string> keys) => sockets.Keep(keys, Shared.Withdraw);

    public string? CheckFiles() => sockets.CheckFiles();

    public bool Rebind()
    {
        var replaced = sockets.Rebind();
        foreach (var place in replaced)
        {
            Shared.Withdraw(place);
        }

        return replaced.Count > 0;
    }

    public void Close()
    {
        Shared.Close();
        sockets.Close();
    }

    public void Dispose()
    {
        Shared.Close();
        _keyRing?.Dispose();
        _handOver?.Dispose();
    }

    private static string Explain(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AccessDenied => "the master may not bind this port (any more). A port below 1024 takes root or CAP_NET_BIND_SERVICE "
            + "for as long as the app scales out: start it with all the workers it needs, or do not drop the privilege",
        SocketError.AddressAlreadyInUse => "the address is taken by a process of another user, or this process has changed its user "
            + "since it started. Sockets of one port have to be bound by one user",
        _ => DescriptorLimit.Explain(e),
    };

    private void Open()
    {
        if (_keyRing is not null)
        {
            Shared.Add([new SharedEntry.KeyRing(_keyRing.Descriptor)]);
        }

        if (SharesOutput)
        {
            Shared.Add([new SharedEntry.Output(StandardOutput.Descriptor)]);
        }

        if (options.Sticky.Choose(options) != Balancing.LeastConnections || sockets.Endpoints.Count == 0)
        {
            return;
        }

        _handOver = HandOverSockets.Create(options.Workers, options.EffectiveMaxWorkers, out var error);
        if (_handOver is not null)
        {
            Shared.Add([new SharedEntry.Board(options.EffectiveMaxWorkers, _handOver.Descriptors.Board)]);
        }
        else
        {
            MasterLog.HandOverRefused(logger, error!);
        }
    }
}
