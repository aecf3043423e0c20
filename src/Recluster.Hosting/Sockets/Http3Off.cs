using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;

namespace Recluster.Sockets;

/// <summary>
/// Takes the place of QUIC in the master: says once that HTTP/3 is off, and binds nothing. A worker has no QUIC transport
/// at all, so Kestrel announces no HTTP/3 there, and refuses an endpoint that is HTTP/3 only.
/// </summary>
internal sealed class Http3Off(ILoggerFactory loggerFactory) : IMultiplexedConnectionListenerFactory
{
    private bool _said;

    public ValueTask<IMultiplexedConnectionListener> BindAsync(
        EndPoint endpoint, IFeatureCollection? features = null, CancellationToken cancellationToken = default)
    {
        if (!_said)
        {
            _said = true;
            MasterLog.Http3SwitchedOff(loggerFactory.CreateMasterLogger());
        }

        return new(new NoListener(endpoint));
    }

    private sealed class NoListener(EndPoint endpoint) : IMultiplexedConnectionListener
    {
        private readonly TaskCompletionSource<MultiplexedConnectionContext?> _never = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        public ValueTask<MultiplexedConnectionContext?> AcceptAsync(
            IFeatureCollection? features = null, CancellationToken cancellationToken = default) => new(_never.Task);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _never.TrySetResult(null);
            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
