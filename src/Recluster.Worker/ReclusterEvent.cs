using System.Text.Json;
using Recluster.Protocol;

namespace Recluster;

/// <summary>Something that happened in the cluster.</summary>
public sealed record ReclusterEvent
{
    /// <summary>What happened.</summary>
    public required ReclusterEventKind Kind { get; init; }

    /// <summary>When, by the master's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The worker it happened to, as it was then; null where it is about the cluster.</summary>
    public ReclusterWorkerInfo? Worker { get; init; }

    /// <summary>The generation it is about; null where it is about none.</summary>
    public int? Generation { get; init; }

    /// <summary>Cause or reason in words; null where there is none.</summary>
    public string? Reason { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, ProtocolJson.Default.ReclusterEvent);
}
