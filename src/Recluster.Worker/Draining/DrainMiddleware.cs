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
internal sealed class DrainMiddleware
{
    private readonly ConnectionRegistry _registry;
    private readonly RequestCounter _requests;
    private readonly WarmUpPhase _warmUp;
    private readonly HubConnections? _hubConnections;
    private readonly Func<object, Task> _closeIfDraining;

    public DrainMiddleware(ConnectionRegistry registry, RequestCounter requests, WarmUpPhase warmUp, HubConnections? hubConnections = null)
    {
        _registry = registry;
        _requests = requests;
        _warmUp = warmUp;
        _hubConnections = hubConnections;
        _closeIfDraining = CloseIfDrainingAsync; // Once, and not with each request.
    }

    internal RequestDelegate Wrap(RequestDelegate next) => context =>
    {
        _requests.Increment(context);
        var connection = context.Features.Get<TrackedConnection>();
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            connection?.MarkHttp2();
        }
        else
        {
            context.Response.OnStarting(_closeIfDraining, context);
        }

        return connection is null ? next(context) : ServeAsync(context, next, connection);
    };

    private static async Task ServeAsync(HttpContext context, RequestDelegate next, TrackedConnection connection)
    {
        var request = connection.BeginRequest(context);
        try
        {
            await next(context);
            EndResponse(context, request, isBrokenOff: context.Response.StatusCode == StatusCodes.Status499ClientClosedRequest);
        }
        catch (OperationCanceledException) when (request.SaidGoodbye)
        {
            EndResponse(context, request, isBrokenOff: true); // By our own doing: to Kestrel it is a response that is complete, and not one that failed.
        }
        finally
        {
            connection.EndRequest(request);
        }
    }

    /// <summary>What the client is told of a request that has ended because it was told to.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">The same, as the drain knows it.</param>
    /// <param name="isBrokenOff">The app threw, or an exception handler of its took the client to be gone (499).</param>
    private static void EndResponse(HttpContext context, RunningRequest request, bool isBrokenOff)
    {
        if (!request.SaidGoodbye)
        {
            return;
        }

        if (GrpcCall.Is(context.Request))
        {
            GrpcCall.CorrectStatus(context, request.HadStarted);
        }
        else if (isBrokenOff && !context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private Task CloseIfDrainingAsync(object state)
    {
        // A 101 keeps its "Connection: Upgrade": from there on the connection is not HTTP's.
        var context = (HttpContext)state;
        if (IsDraining(context) && context.Response.StatusCode != StatusCodes.Status101SwitchingProtocols && _hubConnections?.Needs(context) != true)
        {
            EndConnection(context);
        }

        return Task.CompletedTask;
    }

    // A connection of the warm-up's is in a registry of its own, whose drain is rehearsed.
    private bool IsDraining(HttpContext context) =>
        _registry.IsDraining || (_warmUp.IsOn && context.Features.Get<TrackedConnection>() is { IsDraining: true });

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
