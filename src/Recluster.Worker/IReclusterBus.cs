namespace Recluster;

/// <summary>
/// Small messages from any process of the cluster to all of it, so that N processes can drop a cache entry together. Delivered over
/// the control channel to every worker that is ready and to the master, the publisher included: at most once, in order for each publisher.
/// Not for data: a process that is not there, or that has more than 1,024 messages waiting, misses it. In single-process mode it is
/// delivered within the process.
/// </summary>
/// <remarks>Later versions may add members with default implementations. Do not implement it but in tests.</remarks>
public interface IReclusterBus
{
    /// <summary>The largest payload, in bytes.</summary>
    const int MaxPayload = 64 * 1024;

    /// <summary>The longest topic, in characters.</summary>
    const int MaxTopic = 256;

    /// <summary>Sends to all. Returns when the message is on its way, not when it has been handled.</summary>
    /// <param name="topic">1 to <see cref="MaxTopic"/> characters.</param>
    /// <param name="payload">At most <see cref="MaxPayload"/> bytes; copied before the call returns.</param>
    /// <param name="cancellationToken">Checked before sending.</param>
    /// <exception cref="ArgumentException">The topic or the payload is out of range.</exception>
    ValueTask PublishAsync(string topic, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default);

    /// <summary>
    /// Calls <paramref name="handler"/> for each message of the topic, one after the other. What it throws is logged.
    /// </summary>
    /// <param name="topic">Compared exactly.</param>
    /// <param name="handler">Takes the payload.</param>
    /// <returns>Ends the subscription when disposed.</returns>
    IDisposable Subscribe(string topic, Func<ReadOnlyMemory<byte>, ValueTask> handler);
}
