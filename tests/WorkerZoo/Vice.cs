namespace WorkerZoo;

/// <summary>The ways in which a build of the app can be bad. In configuration by name, several parted by commas.</summary>
internal enum Vice
{
    /// <summary>Program.cs throws.</summary>
    ThrowsInProgram,

    /// <summary>A hosted service throws when it is started.</summary>
    HostedServiceThrows,

    /// <summary>A hosted service never finishes starting.</summary>
    NeverReady,

    /// <summary>A hosted service finishes starting only once the file Zoo:Gate exists.</summary>
    WaitsForGate,

    /// <summary>The process ends with exit code 3 before it has a host.</summary>
    ExitsAtOnce,

    /// <summary>Slot 0 dies as soon as it is ready but not promoted; the other slots never become ready.</summary>
    DiesInStandby,

    /// <summary>The process dies as soon as it has been promoted.</summary>
    DiesWhenActive,

    /// <summary>A foreground thread keeps the process alive when the app has ended.</summary>
    RefusesToExit,

    /// <summary>Listens on a port that it chooses anew in each process.</summary>
    ListensElsewhere,

    /// <summary>Does not listen on the last of the addresses any more.</summary>
    DropsAnEndpoint,

    /// <summary>Does not call UseReclusterWorker.</summary>
    NoReclusterWorker,

    /// <summary>The process is killed before it has a host, as the kernel does for want of memory.</summary>
    KilledAtStart,

    /// <summary>A guard on standard output says that another instance runs, and Program.cs returns with exit code 0.</summary>
    ReturnsAtOnce,

    /// <summary>Program.cs starts the app and returns without waiting for its end.</summary>
    DoesNotWait,

    /// <summary>Program.cs never comes to the host.</summary>
    NeverRuns,

    /// <summary>Writes numbered lines of many lengths to standard output, in several threads, from its first moment on.</summary>
    Chatters,

    /// <summary>The first worker of each slot ends with exit code 3 before it has a host; it leaves a file beside Zoo:Gate.</summary>
    ExitsAtFirst,

    /// <summary>The process dies two seconds after its app has started.</summary>
    DiesAfterTwoSeconds,

    /// <summary>A health check named "database" fails until the file Zoo:Gate exists.</summary>
    UnhealthyUntilGate,

    /// <summary>Says that it is ready (SignalReady) once the file Zoo:Gate exists.</summary>
    ReadyAtGate,
}
