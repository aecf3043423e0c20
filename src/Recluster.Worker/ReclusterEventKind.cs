using System.Text.Json.Serialization;

namespace Recluster;

/// <summary>What can happen in a cluster.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReclusterEventKind>))]
public enum ReclusterEventKind
{
    /// <summary>A worker process was started (recluster: online).</summary>
    WorkerStarted,

    /// <summary>A worker is ready; it accepts nothing yet.</summary>
    WorkerReady,

    /// <summary>A worker accepts connections (recluster: ready, listening).</summary>
    WorkerPromoted,

    /// <summary>A worker accepts nothing more and finishes what it has (recluster: disconnect).</summary>
    WorkerDraining,

    /// <summary>A worker process has ended (recluster: exit), or is given up because it cannot be killed. The reason is the cause.</summary>
    WorkerExited,

    /// <summary>A worker has asked to be replaced.</summary>
    ReplacementRequested,

    /// <summary>A worker was not heard of within HeartbeatTimeout and is being replaced.</summary>
    WorkerUnheard,

    /// <summary>The first generation serves.</summary>
    ClusterStarted,

    /// <summary>A reload has begun. The reason is the one that was given with the call, if there was one.</summary>
    ReloadBegun,

    /// <summary>A reload has succeeded.</summary>
    ReloadSucceeded,

    /// <summary>A reload was rolled back.</summary>
    ReloadRolledBack,

    /// <summary>A rolling reload has stopped at a failure.</summary>
    ReloadHalted,

    /// <summary>The number of slots was changed.</summary>
    Scaled,

    /// <summary>The oldest draining workers, of this generation, were told to finish, because too many drain in their slots.</summary>
    GenerationTooMany,

    /// <summary>
    /// The cluster is stopping, or going to when ShutdownDelay is over; see <see cref="ReclusterEvent.Duration"/>. Told once.
    /// </summary>
    ClusterStopping,

    /// <summary>A reload was given up by <see cref="IReclusterControl.AbortReloadAsync"/>.</summary>
    ReloadAborted,
}
