using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Recluster.Lifecycle;
using Recluster.SignalR;
using Recluster.Sockets;
using Recluster.WarmUp;

namespace Recluster.Draining;

/// <summary>
/// Ends the connections of a draining worker without a client noticing: an HTTP/1.1 response carries
/// <c>Connection: close</c>, decided when its head is written (RFC 9112, 9.6); an HTTP/2 connection gets GOAWAY. Knows the requests
/// that have no end of their own, for the time when they have to be given one.
/// </summary>
internal sealed class DrainMiddleware(ConnectionRegistry registry, RequestCounter requests, WarmUpPhase warmUp, HubConnections? hubConnections = null)
{
    internal RequestDelegate Wrap(RequestDelegate next) => context =>
    {
        requests.Increment(context);
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Features.Get<TrackedConnection>()?.MarkHttp2();
        }
        else
        {
            context.Response.OnStarting(CloseIfDrainingAsync, context);
        }

        return LongLived(context) is { } request && context.Features.Get<TrackedConnection>() is { } connection
            ? ServeAsync(context, next, connection, request)
            : next(context);
    };

    private static LongLivedRequest? LongLived(HttpContext context)
    {
        var headers = context.Request.Headers;
        return headers.Upgrade.Count > 0 || HttpMethods.IsConnect(context.Request.Method) ? WebSocketRequest.From(context)
            : headers.Accept.Count > 0 ? EventStreamRequest.From(context)
            : null;
    }

    private static async Task ServeAsync(HttpContext context, RequestDelegate next, TrackedConnection connection, LongLivedRequest request)
    {
        connection.Add(request);
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (request.SaidGoodbye && context.Response.HasStarted)
        {
            // By our own doing: to Kestrel it is a response that is complete, and not one that failed.
        }
        finally
        {
            request.End();
            connection.Remove(request);
        }
    }

    private Task CloseIfDrainingAsync(object state)
    {
        // A 101 keeps its "Connection: Upgrade": from there on the connection is not HTTP's.
        var context = (HttpContext)state;
        if (IsDraining(context) && context.Response.StatusCode != StatusCodes.Status101SwitchingProtocols && hubConnections?.Needs(context) != true)
        {
            EndConnection(context);
        }

        return Task.CompletedTask;
    }

    // A connection of the warm-up's is in a registry of its own, whose drain is rehearsed.
    private bool IsDraining(HttpContext context) =>
        registry.IsDraining || (warmUp.IsOn && context.Features.Get<TrackedConnection>() is { IsDraining: true });

    private static void EndConnection(HttpContext context)
    {
        if (context.Features.Get<TrackedConnection>() is { } connection && ExpectsToGoOn(context.Request))
        {
            if (HasNextRequest(context, connection))
            {
                return; // Pipelined (RFC 9112, 9.3.2): the last response in the row is the one to say it.
            }

            connection.HoldEnd();
        }

        context.Response.Headers.Connection = "close";
    }

    /// <summary>Whether the client expects to use the connection again. If not it may be waiting for its end.</summary>
    private static bool ExpectsToGoOn(HttpRequest request) =>
        HttpProtocol.IsHttp11(request.Protocol) && !request.Headers.Connection.ToString().Contains("close", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether more has come than this request. Asked only of a request without a body, whose connection nobody reads while it runs.
    /// </summary>
    private static bool HasNextRequest(HttpContext context, TrackedConnection connection)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false)
        {
            return false;
        }

        // With TLS this is what has been decrypted.
        var input = connection.Transport.Input;
        if (!input.TryRead(out var read))
        {
            return false;
        }

        input.AdvanceTo(read.Buffer.Start);
        return !read.Buffer.IsEmpty;
    }
}
