using System.Collections.Immutable;
using Recluster.Protocol;

namespace Recluster.Supervisor;

/// <summary>Where the cluster as a whole is.</summary>
internal enum ClusterPhase
{
    /// <summary>The first generation is being started.</summary>
    Starting,

    /// <summary>The first generation has served.</summary>
    Running,

    /// <summary>Workers are being ended; nothing is started any more.</summary>
    Stopping,

    /// <summary>No worker is left, and none will come.</summary>
    Stopped,
}

/// <summary>All the supervisor knows. Times are measured from the start of the master's loop, and leave out pauses of the master.</summary>
internal sealed record ClusterState
{
    public required SupervisorSettings Settings { get; init; }

    public ClusterPhase Phase { get; init; } = ClusterPhase.Starting;

    /// <summary>The generation that serves.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>The last number given to a generation; that of a rolled-back reload is not used again.</summary>
    public int LastGeneration { get; init; } = 1;

    public long LastWorkerId { get; init; }

    public long LastAssignment { get; init; }

    public required ImmutableArray<SlotState> Slots { get; init; }

    public ImmutableSortedDictionary<long, WorkerState> Workers { get; init; } = ImmutableSortedDictionary<long, WorkerState>.Empty;

    /// <summary>The reload that runs, if one does.</summary>
    public ReloadState? Reload { get; init; }

    /// <summary>
    /// Those who wait for the reload after that one; null if none was asked for. A set: any number joins, or goes, in a few steps.
    /// </summary>
    public ImmutableSortedSet<long>? QueuedReload { get; init; }

    /// <summary>Why that one is asked for, where somebody has said so.</summary>
    public string? QueuedReloadReason { get; init; }

    /// <summary>How many sockets of each group listen: the most slots there ever were. None is closed while the cluster lives.</summary>
    public int ListeningSlots { get; init; }

    /// <summary>How many slots have sockets, listening or not.</summary>
    public int ReservedSlots { get; init; }

    public TimeSpan ReservedAt { get; init; }

    /// <summary>For so many slots the sockets are being opened.</summary>
    public int? Reserving { get; init; }

    /// <summary>A change of the number of slots that waits for the running reload to end, or for its sockets.</summary>
    public ScaleState? QueuedScale { get; init; }

    /// <summary>A change of the number of slots whose workers are not all there yet.</summary>
    public ScaleState? Scale { get; init; }

    /// <summary>How the last reload ended.</summary>
    public ReloadResult? LastReload { get; init; }

    /// <summary>The last generation of which it was said that a limit (Max...) is too low for its workers; null for none.</summary>
    public int? LowLimitGeneration { get; init; }

    /// <summary>The services once per cluster that do not run, and why.</summary>
    public ImmutableSortedDictionary<string, string> FailedServices { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The generations whose release is known: those that are about to start a worker or have, and are in use.</summary>
    public ImmutableSortedSet<int> Releases { get; init; } = [];

    /// <summary>The generations among them whose release has been copied (KeepRelease).</summary>
    public ImmutableSortedSet<int> KeptReleases { get; init; } = [];

    /// <summary>The generations among them whose files have been changed in place, and which files.</summary>
    public ImmutableSortedDictionary<int, string> ChangedReleases { get; init; } = ImmutableSortedDictionary<int, string>.Empty;

    /// <summary>What has been changed of a generation that serves; null for nothing.</summary>
    public string? ServingChange => Slots.Select(slot => ChangedReleases.GetValueOrDefault(slot.Generation)).FirstOrDefault(change => change is not null);

    /// <summary>The stop that is to begin when its delay is over; until then the cluster serves as ever.</summary>
    public StopState? ComingStop { get; init; }

    /// <summary>The cluster is stopping, or going to: nothing new is begun.</summary>
    public bool IsStopping => ComingStop is not null || Phase is ClusterPhase.Stopping or ClusterPhase.Stopped;

    /// <summary>The keys of the endpoints that the serving generation listens on, in order; null until its first worker has said so.</summary>
    public ImmutableArray<string>? Endpoints { get; init; }

    /// <summary>Why the cluster ends, where that is a failure.</summary>
    public StartFailure? Failure { get; init; }

    public static ClusterState Create(SupervisorSettings settings) => new()
    {
        Settings = settings,
        Slots = [.. Enumerable.Repeat(new SlotState { RespawnDelay = settings.RespawnDelay }, settings.Workers)],
        ListeningSlots = settings.Workers,
        ReservedSlots = settings.Workers,
    };

    public IEnumerable<WorkerState> WorkersOf(int slot) => Workers.Values.Where(worker => worker.Slot == slot);

    public bool HasStandby(int slot) => WorkersOf(slot).Any(worker => worker.Phase == ReclusterWorkerPhase.Standby);

    /// <summary>Who accepts this slot's connections: its own worker, or a sibling that stands in for it.</summary>
    public IEnumerable<WorkerState> ServersOf(int slot) =>
        Workers.Values.Where(worker => worker.Phase == ReclusterWorkerPhase.Active && worker.Assignment.Contains(slot));

    public WorkerState? ActiveOf(int slot) => WorkersOf(slot).FirstOrDefault(worker => worker.Phase == ReclusterWorkerPhase.Active);
}

/// <summary>A slot's memory of its workers' deaths.</summary>
internal sealed record SlotState
{
    /// <summary>The least time between the last start of a worker here and the next.</summary>
    public required TimeSpan RespawnDelay { get; init; }

    /// <summary>The generation that serves here. A worker started here outside a reload is of this one.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>Workers of the first generation that have failed here.</summary>
    public int StartFailures { get; init; }

    public TimeSpan? LastSpawn { get; init; }

    /// <summary>Not before this time is a worker started here.</summary>
    public TimeSpan SpawnNotBefore { get; init; }
}

/// <summary>One worker process. Its identity is a number of the master's own; a pid can come twice.</summary>
internal sealed record WorkerState
{
    public required long Id { get; init; }

    public required int Slot { get; init; }

    public required int Generation { get; init; }

    public required TimeSpan StartedAt { get; init; }

    /// <summary>When its process was started, by the clock; null until there is one.</summary>
    public DateTimeOffset? StartTime { get; init; }

    public int ProcessId { get; init; }

    public ReclusterWorkerPhase Phase { get; init; } = ReclusterWorkerPhase.Starting;

    public TimeSpan? ReadyAt { get; init; }

    /// <summary>When it is killed unless it has moved on: not ready (Starting) or not gone (Draining, Killed). Null where it may stay.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>The slots whose sockets it accepts from.</summary>
    public ImmutableArray<int> Assignment { get; init; } = [];

    /// <summary>The number of the last assignment sent, and of the last one confirmed.</summary>
    public long AssignmentSent { get; init; }

    public long AssignmentConfirmed { get; init; }

    public TimeSpan AssignedAt { get; init; }

    /// <summary>It has the sockets of so many slots, from the first on, and can accept there.</summary>
    public int Sockets { get; init; }

    /// <summary>When it was last heard of.</summary>
    public TimeSpan LastBeat { get; init; }

    /// <summary>It has said that a debugger is attached.</summary>
    public bool IsDebugged { get; init; }

    /// <summary>It has been told to finish, because too many workers drain in its slot.</summary>
    public bool IsFinishing { get; init; }

    /// <summary>It was ready when its reload was rolled back: it serves nothing, and is to stop its host.</summary>
    public bool IsRolledBack { get; init; }

    /// <summary>What it has said that it waits for, while it starts.</summary>
    public string? WaitingFor { get; init; }

    /// <summary>It has asked for endpoints that it has not inherited.</summary>
    public bool LacksEndpoints { get; init; }

    /// <summary>Why it was refused (<see cref="KillReason.Refused"/>).</summary>
    public string? Refusal { get; init; }

    /// <summary>It has said that it cannot accept any more.</summary>
    public bool IsDeaf { get; init; }

    /// <summary>How much it has been told to warm up at most.</summary>
    public WarmUpExtent WarmUp { get; init; }

    /// <summary>Its app is stopping its host: it is to be replaced, and its exit will be its own doing.</summary>
    public bool StopsItself { get; init; }

    /// <summary>It is to be replaced: it has asked for it, or is not heard of.</summary>
    public bool WantsReplacement { get; init; }

    /// <summary>The limit that it has reached, until its release has been looked at.</summary>
    public Input.LimitReached? Limit { get; init; }

    /// <summary>It is to be replaced because it has reached a limit.</summary>
    public bool IsRecycled { get; init; }

    /// <summary>It was started when the files of its release had been changed.</summary>
    public bool RunsChangedFiles { get; init; }

    /// <summary>Slots that it serves, whose successors are ready, and whose clients it has said to be settled.</summary>
    public ImmutableArray<int> Settled { get; init; } = [];

    /// <summary>Why the master killed it, where it did.</summary>
    public KillReason? Killed { get; init; }

    /// <summary>When it was first sent SIGKILL; null while a dump of it is written.</summary>
    public TimeSpan? KilledAt { get; init; }
}

/// <summary>A wanted number of slots, and who waits for it.</summary>
internal sealed record ScaleState(int Workers, ImmutableSortedSet<long> Requests)
{
    /// <summary>When those who wait are told that it has failed, whatever keeps it from its end.</summary>
    public TimeSpan GiveUpAt { get; init; }

    /// <summary>Slots from here on are new: a failure there is a failure of the scaling.</summary>
    public int FirstNewSlot { get; init; }
}

/// <summary>A reload that runs: preparing until every slot has a ready worker, then switching until all have confirmed.</summary>
internal sealed record ReloadState
{
    public required int Generation { get; init; }

    public required TimeSpan StartedAt { get; init; }

    public required ImmutableSortedSet<long> Requests { get; init; }

    /// <summary>The keys of the endpoints that the new generation listens on, in order; null until its first worker has said so.</summary>
    public ImmutableArray<string>? Endpoints { get; init; }

    /// <summary>Its first worker was started a second time, with the endpoints that it had asked for.</summary>
    public bool HasStartedAgain { get; init; }

    /// <summary>Set when it is committed: the new are promoted and the old demoted. From here it cannot be rolled back.</summary>
    public TimeSpan? CommittedAt { get; init; }
}

/// <summary>When the workers are to stop, what they get for it, and whether it has been said.</summary>
internal sealed record StopState(TimeSpan At, TimeSpan Timeout, bool WasAnnounced);

/// <summary>Why the first generation could not start.</summary>
internal sealed record StartFailure(string Reason, IReadOnlyList<string> ErrorOutput)
{
    public IReadOnlyList<string> Output { get; init; } = [];

    /// <summary>The reason is the end of one worker, whose output this is.</summary>
    public bool HasWorkerEnded { get; init; } = true;
}
