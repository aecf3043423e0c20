using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Recluster;

/// <summary>
/// A request to the app that a new worker sends before it serves. It goes to one endpoint, the first that speaks HTTPS if there is one, as a
/// redirection to HTTPS would warm nothing.
/// </summary>
/// <param name="path">Where to: a path with its query, beginning with a slash.</param>
public sealed class WarmUpRequest(string path)
{
    /// <summary>Where to: a path with its query, beginning with a slash.</summary>
    public string Path { get; set; } = path;

    /// <summary>Default: GET.</summary>
    public string Method { get; set; } = "GET";

    /// <summary>Headers of the request and of its body. Default: none but <c>Host</c>, which is localhost and the endpoint's port.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The body, sent as UTF-8. Null (the default): none.</summary>
    public string? Body { get; set; }

    /// <summary>How many times it is sent. Null (the default): <see cref="WarmUpOptions.Count"/>. Range: 1 to 100,000.</summary>
    public int? Count { get; set; }

    /// <summary>By which protocols. Null (the default): <see cref="WarmUpOptions.Protocols"/>. Where there are two, by turns.</summary>
    public HttpProtocols? Protocols { get; set; }

    /// <summary>The status that is a success. Null (the default): any below 400. Range: 100 to 599.</summary>
    public int? Status { get; set; }
}
