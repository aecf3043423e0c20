namespace Recluster;

/// <summary>
/// Steers the cluster from anywhere in the app: in the master directly, in a worker over the control channel, in
/// single-process mode with the answer that there is no cluster.
/// </summary>
/// <remarks>Later versions may add members with default implementations. Do not implement it but in tests.</remarks>
public interface IReclusterControl
{
    /// <summary>
    /// The active worker of each slot, indexed by slot; null where a slot has none at the moment. Empty off the cluster.
    /// A snapshot: in a worker it is as old as the last message from the master.
    /// </summary>
    IReadOnlyList<ReclusterWorkerInfo?> ActiveWorkers { get; }

    /// <summary>Every worker process there is, draining ones included, ordered by slot and age. Empty off the cluster.</summary>
    IReadOnlyList<ReclusterWorkerInfo> Workers { get; }

    /// <summary>The generation that serves; 0 off the cluster. While a roll is under way or halted, the one that all slots had last.</summary>
    int Generation { get; }

    /// <summary>
    /// Whether the cluster is stopping, or going to: during <c>ShutdownDelay</c> it serves as ever, but wants no new traffic, and the app's own
    /// health can say so. Off the cluster: whether the host is stopping.
    /// </summary>
    bool IsStopping { get; }

    /// <summary>How the last reload ended; null if there was none.</summary>
    ReloadResult? LastReload { get; }

    /// <summary>
    /// Starts a new generation from the files as they are on disk now, and switches to it when all of it is ready. The old
    /// generation goes on serving until then, and for good if a new worker fails. A call during a running reload waits for one
    /// further reload, which all such calls share; of calls that wait there are at most 1,024. Before the host starts it is refused: it
    /// waits for nothing that may never come. Also <c>kill -USR2</c> to the master.
    /// </summary>
    /// <param name="options">How it is asked for; null: without more.</param>
    /// <param name="cancellationToken">Ends the waiting; the reload goes on. <see cref="AbortReloadAsync"/> ends the reload.</param>
    /// <returns>How it ended. A failed reload is a result, not an exception.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<ReloadResult> ReloadAsync(ReloadOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Reloads without options.</summary>
    /// <param name="cancellationToken">Ends the waiting; the reload goes on.</param>
    /// <returns>How it ended. A failed reload is a result, not an exception.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<ReloadResult> ReloadAsync(CancellationToken cancellationToken) => ReloadAsync(null, cancellationToken);

    /// <summary>
    /// Gives up the reload that is being prepared, and those that wait for its end. The new workers go, and the old ones go on serving.
    /// Those who wait for it are answered <see cref="ReloadStatus.Aborted"/>; where a rolling reload has switched slots already,
    /// <see cref="ReloadStatus.Halted"/>. A reload whose new workers have taken over is not undone.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>True if there was a reload to give up. Off the cluster, and in implementations that cannot do it, false.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<bool> AbortReloadAsync(CancellationToken cancellationToken = default) => Task.FromResult(false);

    /// <summary>
    /// Changes the number of workers. More: the new slots are started, promoted when ready. Fewer: the workers of the highest slots drain;
    /// what is queued for them is accepted by the others. During a reload it waits for that to end. A slot that gets no worker within
    /// twice the time that all workers may take to start fails it. Before the host starts it is refused. Also SIGTTIN (one more) and
    /// SIGTTOU (one fewer) to the master. It lasts until the master ends.
    /// </summary>
    /// <param name="workers">The wanted number, from 1 to <c>MaxWorkers</c>.</param>
    /// <param name="cancellationToken">Ends the waiting; the scaling goes on.</param>
    /// <returns>How it ended; a number out of range is a result, not an exception.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<ScaleResult> ScaleAsync(int workers, CancellationToken cancellationToken = default);

    /// <summary>
    /// What happens in the cluster, in order, from the begin of each enumeration on. It may be enumerated more than once. A subscriber that falls
    /// more than 1,024 events behind loses the oldest. Ends with the cluster, or by the token. Off the cluster it never yields.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    IAsyncEnumerable<ReclusterEvent> WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Stops the cluster in order, as SIGTERM to the master does: after <c>ShutdownDelay</c> everything in flight is answered within the
    /// host's shutdown timeout.
    /// Called in a worker it returns when the master has been told, since that worker is among the stopped. Called in the master before the
    /// cluster has started, no worker is started and the host stops. Off the cluster it stops the host.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting; the stop goes on.</param>
    Task StopAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends the whole cluster at once: workers are killed without draining, then the master stops with exit code 0. Called in a
    /// worker, the caller is among the killed. Before the cluster has started it is the same as <see cref="StopAsync"/>. Off the cluster
    /// it stops the host.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting; the termination goes on.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task TerminateAsync(CancellationToken cancellationToken = default);
}
