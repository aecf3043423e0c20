using System.Text.Json.Serialization;

namespace Recluster;

/// <summary>How a reload ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReloadStatus>))]
public enum ReloadStatus
{
    /// <summary>Every slot is served by the new generation.</summary>
    Succeeded,

    /// <summary>A new worker failed or was not ready in time; the old generation goes on serving.</summary>
    RolledBack,

    /// <summary>
    /// A rolling reload (MaxSurge below the number of workers) met a failure and stopped: some slots run the new generation, the
    /// others go on with the old. See <see cref="ReloadResult.SlotGenerations"/>.
    /// </summary>
    Halted,

    /// <summary>The cluster is stopping, or the master is gone: the reload was not carried out to its end.</summary>
    Stopping,

    /// <summary>There is no cluster: the app runs in single-process mode.</summary>
    NotClustered,

    /// <summary>
    /// Nothing was begun: the host has not started, or too many calls wait already. <see cref="ReloadResult.Reason"/> says which.
    /// </summary>
    Refused,

    /// <summary><see cref="IReclusterControl.AbortReloadAsync"/> gave it up; the old generation goes on serving.</summary>
    Aborted,
}
