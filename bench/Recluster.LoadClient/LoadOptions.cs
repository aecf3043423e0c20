namespace Recluster.LoadClient;

/// <summary>What the clients do.</summary>
public sealed record LoadOptions
{
    /// <summary>Where the requests go.</summary>
    public required LoadTarget Target { get; init; }

    /// <summary>The target of each request.</summary>
    public string Path { get; init; } = "/";

    /// <summary>How connections are used.</summary>
    public LoadMode Mode { get; init; } = LoadMode.KeepAlive;

    /// <summary>How many clients run side by side.</summary>
    public int Clients { get; init; } = 4;

    /// <summary>How long a client rests between two requests.</summary>
    public TimeSpan ThinkTime { get; init; }

    /// <summary>How many requests are made by all clients together; null: until the run is stopped.</summary>
    public int? Requests { get; init; }

    /// <summary>How long establishing a connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a response may take, from the first byte of its request on.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
