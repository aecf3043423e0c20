namespace Recluster.Supervisor;

/// <summary>What a person would want to read of the cluster's life. One place turns each into a log line.</summary>
internal abstract record ClusterEvent
{
    internal sealed record WorkerStarted(WorkerState Worker) : ClusterEvent;

    internal sealed record WorkerReady(WorkerState Worker, TimeSpan After) : ClusterEvent;

    /// <param name="Worker">The worker as it was.</param>
    /// <param name="Cause">How it ended, in words.</param>
    /// <param name="Expected">True if it was meant to go.</param>
    /// <param name="RespawnIn">When its slot gets another, where it does.</param>
    internal sealed record WorkerExited(WorkerState Worker, string Cause, bool Expected, TimeSpan? RespawnIn) : ClusterEvent
    {
        /// <summary>It was meant to go, and ended before it had finished what it had.</summary>
        public bool IsCutShort { get; init; }

        public ExitStatus Status { get; init; }
    }

    /// <param name="Worker">The worker as it was. Its process is still there.</param>
    /// <param name="Cause">Why it was killed, and for how long it has not ended.</param>
    /// <param name="RespawnIn">When its slot gets another, where it does.</param>
    internal sealed record WorkerNotKilled(WorkerState Worker, string Cause, TimeSpan? RespawnIn) : ClusterEvent;

    internal sealed record ReplacementRequested(WorkerState Worker, string Reason) : ClusterEvent;

    /// <param name="Worker">It serves until its successor does.</param>
    /// <param name="SuccessorIn">When that is started; null where it is on its way, or a reload brings it.</param>
    internal sealed record WorkerStopsItself(WorkerState Worker, TimeSpan? SuccessorIn) : ClusterEvent;

    internal sealed record WorkerPromoted(WorkerState Worker) : ClusterEvent;

    internal sealed record WorkerDraining(WorkerState Worker) : ClusterEvent;

    internal sealed record WorkerUnheard(WorkerState Worker, TimeSpan For) : ClusterEvent;

    internal sealed record Scaled(int Workers, int Before) : ClusterEvent;

    /// <summary>The number of workers stays as it is.</summary>
    internal sealed record ScaleFailed(int Wanted, int Workers, string Reason) : ClusterEvent;

    internal sealed record SocketsRefused(WorkerState Worker, string Reason) : ClusterEvent;

    /// <param name="Generation">Workers of it are told to finish, because more drain in their slots than may.</param>
    /// <param name="Slots">Those slots, parted by commas.</param>
    internal sealed record GenerationTooMany(int Generation, string Slots) : ClusterEvent;

    /// <summary>Said once a generation: its workers reach this limit as soon as they may be replaced for it.</summary>
    internal sealed record LimitTooLow(WorkerState Worker, string Reason) : ClusterEvent;

    /// <summary>Said once a generation.</summary>
    /// <param name="Generation">Whose files have been changed in place.</param>
    /// <param name="Change">Which files.</param>
    internal sealed record ReleaseChanged(int Generation, string Change) : ClusterEvent;

    internal sealed record ChangedFilesRun(WorkerState Worker) : ClusterEvent;

    internal sealed record ReloadHalted(int Generation, string Slots, string Reason, IReadOnlyList<string> ErrorOutput) : ClusterEvent
    {
        public IReadOnlyList<string> Output { get; init; } = [];

        public ReloadResult? Result { get; init; }
    }

    internal sealed record Started(int Workers, TimeSpan After) : ClusterEvent;

    internal sealed record ReloadBegun(int Generation, string? Reason = null) : ClusterEvent;

    internal sealed record ReloadAborted(int Generation, int Serving) : ClusterEvent
    {
        public ReloadResult? Result { get; init; }
    }

    internal sealed record ReloadDone(int Generation, int Workers, TimeSpan After) : ClusterEvent
    {
        public ReloadResult? Result { get; init; }
    }

    internal sealed record ReloadRolledBack(int Generation, int Serving, string Reason, IReadOnlyList<string> ErrorOutput) : ClusterEvent
    {
        public IReadOnlyList<string> Output { get; init; } = [];

        public ReloadResult? Result { get; init; }
    }

    /// <summary>The cluster is going to stop, and serves until then.</summary>
    internal sealed record StopAnnounced(TimeSpan Delay, TimeSpan Timeout) : ClusterEvent;

    internal sealed record Stopping(int Workers, TimeSpan Timeout, bool WasAnnounced = false) : ClusterEvent;
}
