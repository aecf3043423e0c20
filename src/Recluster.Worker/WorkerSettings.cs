namespace Recluster;

/// <summary>What a worker needs of the options: read by itself, so that a reload brings in changed ones.</summary>
internal sealed record WorkerSettings
{
    public required ReadyWhen ReadyWhen { get; init; }

    /// <summary>Null: no limit.</summary>
    public long? MaxRequests { get; init; }

    /// <summary>Resident memory; null: no limit.</summary>
    public long? MaxMemoryBytes { get; init; }

    /// <summary>Null: no limit.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>A worker is not replaced for one of these limits before it has run so long.</summary>
    public TimeSpan MinRecycleAge { get; init; }

    public WarmUpOptions WarmUp { get; init; } = new();
}
