using System.Text.Json.Serialization;

namespace Recluster;

/// <summary>Where a worker process is in its life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReclusterWorkerPhase>))]
public enum ReclusterWorkerPhase
{
    /// <summary>Started, not ready yet. Accepts no connection.</summary>
    Starting,

    /// <summary>Ready, and not promoted yet. Accepts no connection.</summary>
    Standby,

    /// <summary>Promoted: accepts connections for its slot.</summary>
    Active,

    /// <summary>Accepts nothing more and finishes what it has.</summary>
    Draining,

    /// <summary>Was sent SIGKILL, or has closed its channel to the master and is about to be; its exit has not been seen yet.</summary>
    Killed,
}
