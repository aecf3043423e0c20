namespace Recluster;

/// <summary>What a worker needs of the options: read by itself, so that a reload brings in changed ones.</summary>
internal sealed record WorkerSettings
{
    public required ReadyWhen ReadyWhen { get; init; }

    /// <summary>0: no limit.</summary>
    public long MaxRequests { get; init; }

    /// <summary>In bytes of resident memory; 0: no limit.</summary>
    public long MaxMemory { get; init; }

    /// <summary>Zero: no limit.</summary>
    public TimeSpan MaxAge { get; init; }

    public WarmUpOptions WarmUp { get; init; } = new();
}
