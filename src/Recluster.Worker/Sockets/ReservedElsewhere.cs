using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Recluster.Sockets;

/// <summary>
/// What Kestrel gets for an endpoint that the master has reserved at the request of this very process, which has not inherited its sockets. It never
/// accepts: as soon as all endpoints are known, the master starts the worker again, with them.
/// </summary>
internal sealed class ReservedElsewhere(EndPoint endPoint) : IConnectionListener
{
    private readonly TaskCompletionSource<ConnectionContext?> _never = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EndPoint EndPoint => endPoint;

    public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_never.Task);

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _never.TrySetResult(null);
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
