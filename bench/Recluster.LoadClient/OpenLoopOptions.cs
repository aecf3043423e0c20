namespace Recluster.LoadClient;

/// <summary>A load whose requests come at moments that are fixed in advance, whatever becomes of those before.</summary>
public sealed record OpenLoopOptions
{
    /// <summary>Where the requests go.</summary>
    public required LoadTarget Target { get; init; }

    /// <summary>The targets of the requests, by turns.</summary>
    public IReadOnlyList<string> Paths { get; init; } = ["/"];

    /// <summary>How many requests in a second, at even distances.</summary>
    public required double Rate { get; init; }

    /// <summary>How long new requests come.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How many keep-alive connections take turns. A request for which none is free waits, and the wait counts.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>How long establishing a connection may take, and how long a response.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);
}
