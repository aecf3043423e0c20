namespace Recluster;

/// <summary>
/// This process as a worker of the cluster. Resolves in every role: in the master and in single-process mode
/// <see cref="IsClustered"/> is false and the rest answers like the only worker there is.
/// </summary>
/// <remarks>Later versions may add members with default implementations. Do not implement it but in tests.</remarks>
public interface IReclusterWorker
{
    /// <summary>The slot this worker serves, 0 &lt;= Id &lt; Workers; the same number as <c>WORKER_ID</c> in its environment. 0 off the cluster.</summary>
    int Id { get; }

    /// <summary>The generation this worker belongs to: 1 for the workers of the first start, one more for each reload. 0 off the cluster.</summary>
    int Generation { get; }

    /// <summary>True in a worker process; false in the master and in single-process mode.</summary>
    bool IsClustered { get; }

    /// <summary>
    /// Cancelled when this worker begins to drain: it accepts no more connections and finishes those it has. Long-lived work
    /// (WebSockets, event streams, queue consumers) watches it to say goodbye in its own protocol.
    /// Off the cluster it is cancelled when the host begins to stop.
    /// </summary>
    CancellationToken Draining { get; }

    /// <summary>
    /// Completes when this worker is promoted: from then on it accepts connections, and the worker before it in its slot begins to drain. Hosted
    /// services start earlier, while the worker is being prepared, and also in one whose reload is rolled back. So work of which there
    /// should be one in each slot (a queue consumer, a timer) begins with <c>await worker.WaitUntilActiveAsync(stoppingToken)</c> and ends
    /// with <see cref="Draining"/>. In a worker that is never promoted it does not complete: pass a token that ends with the host.
    /// Off the cluster, and in the master, it completes when the host has started.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task that completes at once where it has happened already, and at once in implementations that do not know.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task WaitUntilActiveAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <summary>
    /// Closes the long-lived requests that this worker carries at this moment, in random order over a window: a WebSocket gets a close frame
    /// (1001, going away), an event stream (a request that accepts <c>text/event-stream</c>, or a response of that type) sees <c>RequestAborted</c> cancelled and is completed.
    /// One that is still there a second after is aborted. For an app that does not want to wait until <c>DrainTimeout</c>: to be called when
    /// <see cref="Draining"/> is cancelled. New ones are not refused. Has no effect off the cluster.
    /// </summary>
    /// <param name="over">The window; zero: all at once.</param>
    /// <returns>A task that completes when all of them are closed.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="over"/> is negative.</exception>
    Task CloseLongLivedAsync(TimeSpan over);

    /// <summary>
    /// Says that this worker is ready, where <c>ReadyWhen</c> is <see cref="ReadyWhen.Ready"/>. It becomes ready when it has been said and
    /// the host has started. Has no effect in the other modes, when said again, and off the cluster.
    /// </summary>
    void SignalReady();

    /// <summary>
    /// Asks the master for a replacement: the replacement is started and promoted first, then this worker drains. For a worker that
    /// can no longer do its work (a lost connection pool, a poisoned cache). Has no effect off the cluster.
    /// </summary>
    /// <param name="reason">Goes into the master's log.</param>
    void RequestReplacement(string reason);
}
