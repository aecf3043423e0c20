using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Recluster;

/// <summary>
/// What a new worker does before it says that it is ready: it sends requests through its own Kestrel and the app's pipeline, over socket
/// pairs that nobody else can reach. By default only to itself: these compile the path from Kestrel to the response on every endpoint and are answered before the
/// app sees them. The app names the paths that matter to it.
/// </summary>
public sealed class WarmUpOptions
{
    /// <summary>Whether to warm up at all. Default: true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Paths of the app to be requested by GET, with their query: the short form of <see cref="Requests"/>. The app's code runs, so name what is
    /// harmless to ask for. Default: none.
    /// </summary>
    public IList<string> Paths { get; } = [];

    /// <summary>Requests to the app with method, headers and body. Default: none.</summary>
    public IList<WarmUpRequest> Requests { get; } = [];

    /// <summary>
    /// How many times each request is sent; those of the warm-up's own 200 times at most. In a reload there is a pause after each of the first four
    /// times 50, in which the just-in-time compiler ends its work: with fewer than 200 it has more to do while clients are served.
    /// Default: 200. Range: 1 to 100,000.
    /// </summary>
    public int Count { get; set; } = 200;

    /// <summary>How many requests are under way at once. Default: 2. Range: 1 to 100.</summary>
    public int Concurrency { get; set; } = 2;

    /// <summary>
    /// The longest the warm-up may take altogether, <see cref="OnWarmUp"/> included. It is part of <c>StartTimeout</c>.
    /// Default: 10 seconds. Range: above 0, to 1 hour.
    /// </summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The protocols to warm up. Null (the default): all that each endpoint speaks, as it turns out. Range: <see cref="HttpProtocols.Http1"/>,
    /// <see cref="HttpProtocols.Http2"/>, <see cref="HttpProtocols.Http1AndHttp2"/>.
    /// </summary>
    public HttpProtocols? Protocols { get; set; }

    /// <summary>
    /// Whether the warm-up is a condition: a request of the app's that fails, or an <see cref="OnWarmUp"/> that does, ends the worker, and so
    /// rolls the reload back. Default: false; then each is one warning.
    /// </summary>
    public bool IsRequired { get; set; }

    /// <summary>
    /// What else the app wants done before the worker serves, such as filling a cache. Runs once, before the requests, in a scope of its own.
    /// The token ends it at <see cref="TimeLimit"/>, or when the worker has to go. Default: none.
    /// </summary>
    public Func<IServiceProvider, CancellationToken, Task>? OnWarmUp { get; set; }
}
