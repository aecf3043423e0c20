using System.Text.Json;
using Recluster.Protocol;

namespace Recluster;

/// <summary>Something that happened in the cluster. What is of no meaning for its kind is null.</summary>
public sealed class ReclusterEvent
{
    /// <summary>What happened.</summary>
    public required ReclusterEventKind Kind { get; init; }

    /// <summary>When, by the master's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The worker it happened to, as it was then; null where it is about the cluster.</summary>
    public ReclusterWorkerInfo? Worker { get; init; }

    /// <summary>The generation it is about; null where it is about none.</summary>
    public int? Generation { get; init; }

    /// <summary>Cause or reason in words, for people; null where there is none.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// How long: from the start of the worker (WorkerReady) or of the cluster (ClusterStarted) on, the silence (WorkerUnheard), or the
    /// time until the stop begins (ClusterStopping).
    /// </summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>WorkerExited: the exit code; null if a signal has ended it, or if it could not be started.</summary>
    public int? ExitCode { get; init; }

    /// <summary>WorkerExited: the number of the signal that has ended it (signal(7)), or null.</summary>
    public int? Signal { get; init; }

    /// <summary>WorkerExited: whether it was meant to go. False for one that died.</summary>
    public bool? IsExpected { get; init; }

    /// <summary>ReloadSucceeded, ReloadRolledBack, ReloadHalted and ReloadAborted: what those are answered who asked for it.</summary>
    public ReloadResult? Reload { get; init; }

    /// <summary>ClusterStarted and Scaled: the number of workers that are wanted now.</summary>
    public int? Workers { get; init; }

    /// <summary>Scaled: the number before.</summary>
    public int? WorkersBefore { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, ProtocolJson.Default.ReclusterEvent);
}
