using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Recluster.Sockets;

/// <summary>
/// What Kestrel is given beside the app's own transports. It asks this one first. Kestrel is made when the host is built, and the role
/// is settled when the host starts: where the host is not the master this transport declines every endpoint.
/// </summary>
internal sealed class MasterTransport(RoleDecision role, MasterSockets sockets) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => role.IsMaster && sockets.CanBind(endpoint);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        sockets.BindAsync(endpoint, cancellationToken);
}
