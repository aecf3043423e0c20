using System.Text.Json;
using Recluster.Protocol;

namespace Recluster;

/// <summary>How a reload ended, and why.</summary>
public sealed class ReloadResult
{
    /// <summary>How it ended.</summary>
    public required ReloadStatus Status { get; init; }

    /// <summary>True if every slot is now served by the new generation.</summary>
    public bool Succeeded => Status == ReloadStatus.Succeeded;

    /// <summary>The generation that serves now: the new one after a success, the old one otherwise. 0 off the cluster.</summary>
    public int Generation { get; init; }

    /// <summary>From the beginning of the reload to its end; time spent waiting for an earlier reload is not counted.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>One sentence saying why, or null after a success.</summary>
    public string? Reason { get; init; }

    /// <summary>The last lines that the failed worker wrote to standard error, oldest first; empty after a success.</summary>
    public IReadOnlyList<string> ErrorOutput { get; init; } = [];

    /// <summary>
    /// The last lines that the failed worker wrote to standard output before it was ready, oldest first. Empty after a success, and where the
    /// cluster's standard output is a terminal.
    /// </summary>
    public IReadOnlyList<string> Output { get; init; } = [];

    /// <summary>The generation of each slot, indexed by slot. Empty off the cluster.</summary>
    public IReadOnlyList<int> SlotGenerations { get; init; } = [];

    internal string ToJson() => JsonSerializer.Serialize(this, ProtocolJson.Default.ReloadResult);

    internal static ReloadResult FromJson(string json) => JsonSerializer.Deserialize(json, ProtocolJson.Default.ReloadResult)
        ?? throw new InvalidDataException("A reload was answered with null.");
}
