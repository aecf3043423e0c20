using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Recluster.Draining;

/// <summary>
/// A request to become a WebSocket, by upgrade (RFC 6455) or by extended CONNECT (RFC 8441). Its goodbye is a close frame with status 1001
/// in the stream that the app accepted.
/// </summary>
#pragma warning disable CA1001 // The stream is the app's, which accepted it.
internal sealed class WebSocketRequest : IHttpUpgradeFeature, IHttpExtendedConnectFeature
#pragma warning restore CA1001
{
    private readonly IHttpUpgradeFeature? _upgrade;
    private readonly IHttpExtendedConnectFeature? _connect;
    private WebSocketStream? _stream;

    private WebSocketRequest(IHttpUpgradeFeature? upgrade, IHttpExtendedConnectFeature? connect)
    {
        _upgrade = upgrade;
        _connect = connect;
    }

    /// <summary>Whether it has become a WebSocket.</summary>
    internal bool IsAccepted => _stream is not null;

    public bool IsUpgradableRequest => _upgrade!.IsUpgradableRequest;

    public bool IsExtendedConnect => _connect!.IsExtendedConnect;

    public string? Protocol => _connect!.Protocol;

    /// <summary>Null for a request that asks for something else.</summary>
    internal static WebSocketRequest? From(HttpContext context)
    {
        if (context.Request.Headers.Upgrade.Count == 0 && !HttpMethods.IsConnect(context.Request.Method))
        {
            return null;
        }

        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade
            && IsWebSocket(context.Request.Headers.Upgrade))
        {
            var request = new WebSocketRequest(upgrade, null);
            context.Features.Set<IHttpUpgradeFeature>(request);
            return request;
        }

        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect && IsWebSocket(connect.Protocol))
        {
            var request = new WebSocketRequest(null, connect);
            context.Features.Set<IHttpExtendedConnectFeature>(request);
            return request;
        }

        return null;
    }

    public async Task<Stream> UpgradeAsync() => _stream = new WebSocketStream(await _upgrade!.UpgradeAsync());

    public async ValueTask<Stream> AcceptAsync() => _stream = new WebSocketStream(await _connect!.AcceptAsync());

    /// <summary>Says close in the app's stream. Does not throw.</summary>
    internal Task CloseAsync() => _stream?.CloseAsync() ?? Task.CompletedTask;

    private static bool IsWebSocket(string? protocol) => string.Equals(protocol, "websocket", StringComparison.OrdinalIgnoreCase);
}
