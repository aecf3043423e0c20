using System.Text.Json.Serialization;

namespace Recluster;

/// <summary>A worker process as the master sees it.</summary>
public sealed record ReclusterWorkerInfo
{
    /// <summary>The slot, 0 &lt;= Slot &lt; Workers.</summary>
    public required int Slot { get; init; }

    /// <summary>The process id; null for the moment in which the process is being started.</summary>
    public required int? ProcessId { get; init; }

    /// <summary>The generation it belongs to.</summary>
    public required int Generation { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required ReclusterWorkerPhase Phase { get; init; }

    /// <summary>It lives, and cannot accept any more: its slot is served by a sibling.</summary>
    [JsonInclude]
    internal bool IsDeaf { get; init; }

    /// <summary>
    /// It was started when the files of the app had been changed in place since its generation began. So it may run other code than the other workers
    /// of its generation. False where each release has a folder of its own. False again for all workers once a reload has succeeded.
    /// </summary>
    public bool RunsChangedFiles { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset StartTime { get; init; }
}
