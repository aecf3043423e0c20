using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Recluster.Sockets;

namespace Recluster.Lifecycle;

/// <summary>
/// Ends the connections of a draining worker without a client noticing: an HTTP/1.1 response carries
/// <c>Connection: close</c>, decided when its head is written (RFC 9112, 9.6); an HTTP/2 connection gets GOAWAY.
/// </summary>
internal sealed class DrainMiddleware(ConnectionRegistry registry, RequestCounter requests)
{
    internal RequestDelegate Wrap(RequestDelegate next) => context =>
    {
        requests.Increment();
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Features.Get<TrackedConnection>()?.MarkHttp2();
        }
        else
        {
            context.Response.OnStarting(CloseIfDrainingAsync, context.Response);
        }

        return next(context);
    };

    private Task CloseIfDrainingAsync(object state)
    {
        // A 101 keeps its "Connection: Upgrade": from there on the connection is not HTTP's.
        var response = (HttpResponse)state;
        if (registry.IsDraining && response.StatusCode != StatusCodes.Status101SwitchingProtocols)
        {
            response.Headers.Connection = "close";
        }

        return Task.CompletedTask;
    }
}
