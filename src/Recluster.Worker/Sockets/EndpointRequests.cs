using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>Asks the master for endpoints that this worker's app names and that no socket was inherited for.</summary>
internal sealed class EndpointRequests(Lazy<MessageChannel> channel)
{
    private readonly ConcurrentQueue<(string Key, TaskCompletionSource<EndPoint> Answer)> _pending = new();

    /// <summary>The address at which the master has reserved it. The master ends this worker instead where it may not have it.</summary>
    /// <exception cref="InvalidOperationException">It cannot be bound on this machine; Kestrel may go on without it.</exception>
    internal Task<EndPoint> ReserveAsync(string key, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<EndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending.Enqueue((key, answer));
        channel.Value.Send(new Message.Bind(key));
        return answer.Task.WaitAsync(cancellationToken);
    }

    internal void Complete(Message.Bound bound) => Find(bound.Key)?.TrySetResult(EndpointKey.Parse(bound.Address));

    internal void Complete(Message.Failed failed) => Find(failed.Key)?.TrySetException(new InvalidOperationException(failed.Reason));

    // Kestrel binds one endpoint after the other, and the master answers in order.
    private TaskCompletionSource<EndPoint>? Find(string key) =>
        _pending.TryDequeue(out var request) && request.Key == key ? request.Answer : null;
}
