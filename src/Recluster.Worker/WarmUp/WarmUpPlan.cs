using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Recluster.WarmUp;

/// <summary>What is to be sent where: the warm-up's own request to every endpoint by every protocol, each of the app's to one endpoint.</summary>
internal static class WarmUpPlan
{
    private const int FirstError = 400;

    // More compile nothing more of the server's own path: bench/run latency.
    private const int MostProbes = 200;

    internal static IEnumerable<WarmUpItem> Probes(WarmUpOptions options, IEnumerable<WarmUpTarget> targets) => targets
        .Where(target => IsWanted(target, options.Protocols))
        .SelectMany(target => target.IsHttp2
            ? [Probe(options, target, WarmUpProbe.For)]
            : (WarmUpItem[])[Probe(options, target, WarmUpProbe.For), Probe(options, target, WarmUpProbe.OnItsOwnConnection)]);

    private static WarmUpItem Probe(WarmUpOptions options, WarmUpTarget target, Func<WarmUpTarget, HttpRequestMessage> create) => new(
        $"GET {WarmUpProbe.Path}", [target], Math.Min(options.Count, MostProbes), create, status => status == WarmUpProbe.Status);

    internal static IEnumerable<WarmUpItem> Requests(WarmUpOptions options, IReadOnlyList<WarmUpTarget> targets) =>
        options.Paths.Select(path => new WarmUpRequest(path)).Concat(options.Requests).Select(request =>
            Item(request, options, targets));

    private static WarmUpItem Item(WarmUpRequest request, WarmUpOptions options, IReadOnlyList<WarmUpTarget> targets)
    {
        var protocols = request.Protocols ?? options.Protocols;
        var possible = targets.Where(target => IsWanted(target, protocols)).ToArray();
        var endpoint = (possible.FirstOrDefault(target => target.IsHttps) ?? possible.FirstOrDefault())?.Endpoint;
        var item = new WarmUpItem(
            $"{request.Method} {request.Path}",
            [.. possible.Where(target => target.Endpoint == endpoint)],
            request.Count ?? options.Count,
            target => Message(request, target),
            status => request.Status is { } wanted ? status == wanted : status < FirstError);
        if (endpoint is null)
        {
            item.Fail($"was not sent: no endpoint answers by {protocols?.ToString() ?? "any protocol"}");
        }

        return item;
    }

    private static bool IsWanted(WarmUpTarget target, HttpProtocols? protocols) =>
        protocols is null || protocols.Value.HasFlag(target.IsHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1);

    private static HttpRequestMessage Message(WarmUpRequest request, WarmUpTarget target)
    {
        var message = target.CreateRequest(new HttpMethod(request.Method), request.Path);
        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        }

        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content ??= new ByteArrayContent([]); // A header of the content's, such as Content-Type.
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }
}
