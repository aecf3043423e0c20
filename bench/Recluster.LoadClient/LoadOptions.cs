namespace Recluster.LoadClient;

/// <summary>What the clients do.</summary>
public sealed record LoadOptions
{
    /// <summary>Where the requests go.</summary>
    public required LoadTarget Target { get; init; }

    /// <summary>The target of each request.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The method of each request.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The content of each request; sent with any method but GET.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Says what is wrong with the content of a response with status 200, or null where nothing is. Null: any content will do.</summary>
    public Func<byte[], string?>? Complaint { get; init; }

    /// <summary>How connections are used.</summary>
    public LoadMode Mode { get; init; } = LoadMode.KeepAlive;

    /// <summary>How many clients run side by side.</summary>
    public int Clients { get; init; } = 4;

    /// <summary>How long a client rests between two requests.</summary>
    public TimeSpan ThinkTime { get; init; }

    /// <summary>Above <see cref="ThinkTime"/>: the rest is of a length between the two, by chance.</summary>
    public TimeSpan MaxThinkTime { get; init; }

    /// <summary>After so many requests the client leaves a connection and opens another; null: when the server ends it.</summary>
    public int? RequestsPerConnection { get; init; }

    /// <summary>How many requests are made by all clients together; null: until the run is stopped.</summary>
    public int? Requests { get; init; }

    /// <summary>How long establishing a connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a response may take, from the first byte of its request on.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(20);

    internal TimeSpan NextThinkTime() => MaxThinkTime <= ThinkTime
        ? ThinkTime
        : ThinkTime + (Random.Shared.NextDouble() * (MaxThinkTime - ThinkTime));
}
