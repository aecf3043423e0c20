namespace Recluster.Supervisor;

/// <summary>What the supervisor needs of the options; validated before it gets here.</summary>
internal sealed record SupervisorSettings
{
    public required int Workers { get; init; }

    public TimeSpan RespawnDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Zero: the delay does not double.</summary>
    public TimeSpan MaxRespawnDelay { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Over how long a worker closes what is left at DrainTimeout; at most as long as that.</summary>
    public TimeSpan CloseSpread { get; init; }

    public int MaxConcurrentStarts { get; init; } = 1;

    /// <summary>How far the cluster can be scaled out.</summary>
    public int MaxWorkers { get; init; } = ReclusterLimits.MaxWorkers;

    /// <summary>How many new workers a reload has beside the old at once; below the number of slots it rolls. Null: as many as slots.</summary>
    public int? MaxSurge { get; init; }

    /// <summary>How long a new worker has to have been ready before it counts for a reload.</summary>
    public TimeSpan MinUptime { get; init; }

    /// <summary>How long a worker that serves gets at most, before its ready successor is promoted, to say that its clients are settled. Zero: it is not asked.</summary>
    public TimeSpan SwitchNotice { get; init; }

    /// <summary>After so many failures in a row in one slot the first generation is given up.</summary>
    public int MaxStartFailures { get; init; } = 1;

    /// <summary>How many workers may drain beside each other in a slot.</summary>
    public int MaxDrainingGenerations { get; init; } = int.MaxValue;

    /// <summary>What a worker of a generation too many gets to finish.</summary>
    public TimeSpan FinishTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a worker's host has to stop: HostOptions.ShutdownTimeout.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A worker not heard of for half of it is relieved, for all of it replaced. Zero: workers need not be heard of.</summary>
    public TimeSpan HeartbeatTimeout { get; init; }

    /// <summary>A worker that said a debugger is attached may be silent (Development).</summary>
    public bool SpareDebugged { get; init; }

    /// <summary>Up to this share is added to a respawn delay, so that slots that died together do not come back together.</summary>
    public double RespawnJitter { get; init; }

    /// <summary>A generation runs from a copy of its release, which is made before its first worker starts.</summary>
    public bool KeepsReleases { get; init; }

    /// <summary>From the moment at which a worker should have exited by itself until it is killed.</summary>
    public TimeSpan KillGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A kill is repeated so often, until the exit is seen.</summary>
    public TimeSpan KillInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From the first kill until the process is given up as one that cannot be killed.</summary>
    public TimeSpan KillPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a dump of a hung worker gets at most before the worker is killed. Zero: there is none.</summary>
    public TimeSpan HangDumpTimeout { get; init; }

    /// <summary>How long a start, a reload or a scaling waits for a worker to confirm its assignment before it goes on without.</summary>
    public TimeSpan SwitchTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a scaling waits for a worker that is heard of to take the sockets of the new slots.</summary>
    public TimeSpan SocketsTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
