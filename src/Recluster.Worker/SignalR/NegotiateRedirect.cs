using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Recluster.Sockets;

namespace Recluster.SignalR;

/// <summary>
/// Sends a client that negotiates with a draining worker on to its successor: to the same address, on another connection, since this response
/// is the last on its own.
/// </summary>
internal static class NegotiateRedirect
{
    private const string Negotiate = "/negotiate";

    // The client adds these to the address by itself.
    private static readonly string[] OfTheClient = ["negotiateVersion", "useStatefulReconnect"];

    internal static Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<TrackedConnection>()?.EndAfter(context.Response);
        if (DropsCredentials(context.Request))
        {
            return AnswerInSignalRAsync(context);
        }

        // Relative, so it is right behind any proxy, whatever scheme, host and prefix the client has used. With 307 the method stays.
        context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        context.Response.Headers.Location = LastSegment(context.Request.Path) + context.Request.QueryString.ToUriComponent();
        return Task.CompletedTask;
    }

    /// <summary>
    /// .NET's HttpClient drops the Authorization header when it follows a redirect. Browsers keep it for the same origin; they are told by
    /// the Origin header that they add to each POST.
    /// </summary>
    private static bool DropsCredentials(HttpRequest request) => request.Headers.Authorization.Count > 0 && request.Headers.Origin.Count == 0;

    /// <summary>The redirect that every SignalR client follows, with its access token. It has to name the whole address.</summary>
    private static Task AnswerInSignalRAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("url", HubAddress(context.Request));
            writer.WriteEndObject();
        }

        context.Response.ContentLength = json.Length;
        return context.Response.Body.WriteAsync(json.GetBuffer(), 0, (int)json.Length, context.RequestAborted);
    }

    /// <summary>As the client sees it: a proxy says what it was asked for in X-Forwarded headers, also where the app does not read them.</summary>
    private static string HubAddress(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        var hub = path.EndsWith(Negotiate, StringComparison.OrdinalIgnoreCase) ? path[..^Negotiate.Length] : path;
        var query = QueryString.Create(request.Query.Where(pair => !OfTheClient.Contains(pair.Key, StringComparer.OrdinalIgnoreCase)));
        return UriHelper.BuildAbsolute(
            Forwarded("X-Forwarded-Proto") ?? request.Scheme,
            Forwarded("X-Forwarded-Host") is { } host ? new HostString(host) : request.Host,
            new PathString(Forwarded("X-Forwarded-Prefix")?.TrimEnd('/') ?? "").Add(request.PathBase),
            hub,
            query);

        string? Forwarded(string name) => request.Headers[name].ToString().Split(',')[0].Trim() is { Length: > 0 } value ? value : null;
    }

    private static string LastSegment(PathString path)
    {
        var text = path.ToUriComponent();
        return text[(text.LastIndexOf('/') + 1)..];
    }
}
