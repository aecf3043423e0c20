namespace Recluster.Supervisor;

/// <summary>What the supervisor needs of the options; validated before it gets here.</summary>
internal sealed record SupervisorSettings
{
    public required int Workers { get; init; }

    public TimeSpan RespawnDelay { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxRespawnDelay { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromHours(1);

    public int MaxConcurrentStarts { get; init; } = 1;

    /// <summary>From the moment at which a worker should have exited by itself until it is killed.</summary>
    public TimeSpan KillGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a switched reload waits for every worker to confirm its assignment before it reports anyway.</summary>
    public TimeSpan SwitchTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
