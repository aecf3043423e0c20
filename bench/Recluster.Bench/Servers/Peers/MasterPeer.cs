namespace Recluster.Bench.Servers.Peers;

/// <summary>A peer of a master and its workers, which reloads at a signal to the master.</summary>
internal abstract class MasterPeer : Peer
{
    /// <summary>How many workers it was started with.</summary>
    protected int Workers { get; private set; }

    protected ChildProcess Master { get; private set; } = null!;

    protected abstract ChildProcess StartMaster(int workers);

    protected override async Task<ChildProcess?> LaunchAsync(int workers, CancellationToken cancellationToken)
    {
        Workers = workers;
        Master = StartMaster(workers);
        await Wait.UntilAsync(
            () => Master.HasExited || ProcessTree.ChildrenOf(Master.Id).Count >= workers,
            $"{workers} workers of {Name}",
            () => Master.Log,
            cancellationToken);
        return Master;
    }

    /// <summary>Sends the signal, and waits until the reload is seen to be done.</summary>
    protected Task ReloadAsync(int signal, Func<bool> isDone, CancellationToken cancellationToken)
    {
        Master.Send(signal);
        return Wait.UntilAsync(isDone, $"the reload of {Name}", () => Master.Log, cancellationToken);
    }
}
