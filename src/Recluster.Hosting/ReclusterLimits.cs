namespace Recluster;

/// <summary>The bounds of the options, in one place for the options, their validator and the tests.</summary>
internal static class ReclusterLimits
{
    internal const int MaxWorkers = 512;

    internal const int DefaultMaxWorkers = 64;

    internal const int MaxStartFailures = 1000;

    internal const int MaxDrainingGenerations = 100;

    /// <summary>Below this every .NET process is too large: megabytes were meant, most likely.</summary>
    internal const long LeastMaxMemoryBytes = 32 << 20;

    internal const int MaxWarmUpCount = 100_000;

    internal const int MaxWarmUpConcurrency = 100;

    internal static readonly TimeSpan MaxWarmUpTime = TimeSpan.FromHours(1);

    internal const double RespawnJitter = 0.1;

    internal static readonly TimeSpan MaxMinUptime = TimeSpan.FromHours(1);

    /// <summary>A client that has negotiated and has not connected by then is most likely gone.</summary>
    internal static readonly TimeSpan SwitchNotice = TimeSpan.FromSeconds(5);

    internal static readonly TimeSpan MinHeartbeatTimeout = TimeSpan.FromSeconds(1);

    internal static readonly TimeSpan MaxHeartbeatTimeout = TimeSpan.FromHours(1);

    /// <summary>A dump that is not complete by then is given up, and the hung worker is killed.</summary>
    internal static readonly TimeSpan HangDumpTimeout = TimeSpan.FromSeconds(30);

    internal static readonly TimeSpan MaxBeatInterval = TimeSpan.FromSeconds(5);

    /// <summary>Six beats in HeartbeatTimeout, three before a worker is relieved; at the most five seconds apart. Zero: none.</summary>
    internal static TimeSpan BeatInterval(TimeSpan? heartbeatTimeout) =>
        heartbeatTimeout is not { } timeout ? TimeSpan.Zero : timeout / 6 < MaxBeatInterval ? timeout / 6 : MaxBeatInterval;

    internal static readonly TimeSpan MaxDelay = TimeSpan.FromDays(1);

    internal static readonly TimeSpan MaxShutdownDelay = TimeSpan.FromHours(1);

    internal static readonly TimeSpan MaxStop = TimeSpan.FromDays(1);

    /// <summary>HostOptions.ShutdownTimeout as it can be added to a point in time, also where the app sets no limit.</summary>
    internal static TimeSpan StopTime(TimeSpan shutdownTimeout) =>
        shutdownTimeout < TimeSpan.Zero || shutdownTimeout > MaxStop ? MaxStop : shutdownTimeout;

    internal static readonly TimeSpan MaxDrainTimeout = TimeSpan.FromDays(30);

    internal static readonly TimeSpan MaxCloseSpread = TimeSpan.FromHours(1);

    internal static readonly TimeSpan DevelopmentDrainTimeout = TimeSpan.FromSeconds(1);

    internal static readonly TimeSpan ProductionDrainTimeout = TimeSpan.FromHours(1);
}
