using System.Text.Json;
using System.Text.Json.Serialization;
using Recluster.Protocol;

namespace Recluster;

/// <summary>How a change of the number of workers ended.</summary>
public sealed record ScaleResult
{
    /// <summary>How it ended.</summary>
    public required ScaleStatus Status { get; init; }

    /// <summary>True if every wanted slot is served, and no other.</summary>
    public bool Succeeded => Status == ScaleStatus.Succeeded;

    /// <summary>The number of slots that are wanted now. 0 off the cluster.</summary>
    public int Workers { get; init; }

    /// <summary>One sentence saying why, or null after a success.</summary>
    public string? Reason { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, ProtocolJson.Default.ScaleResult);

    internal static ScaleResult FromJson(string json) => JsonSerializer.Deserialize(json, ProtocolJson.Default.ScaleResult)
        ?? throw new InvalidDataException("A change of the number of workers was answered with null.");
}

/// <summary>How a change of the number of workers ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ScaleStatus>))]
public enum ScaleStatus
{
    /// <summary>Every wanted slot is served.</summary>
    Succeeded,

    /// <summary>Nothing was changed: the number is out of range, the host has not started, or too many calls wait already.</summary>
    Refused,

    /// <summary>
    /// The sockets of new slots could not be had, and nothing was changed; or a slot has no worker that serves. Then the number stays
    /// wanted, and the slot is tried again with backoff.
    /// </summary>
    Failed,

    /// <summary>The cluster is stopping, or the master is gone.</summary>
    Stopping,

    /// <summary>There is no cluster: the app runs in single-process mode.</summary>
    NotClustered,
}
