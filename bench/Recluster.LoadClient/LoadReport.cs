namespace Recluster.LoadClient;

/// <summary>What the clients of a run have suffered.</summary>
public sealed record LoadReport
{
    /// <summary>How many requests ended in each way; an outcome that did not occur is missing.</summary>
    public required IReadOnlyDictionary<Outcome, int> Counts { get; init; }

    /// <summary>The processes that answered, as far as bodies name them (<c>"pid":123</c>).</summary>
    public required IReadOnlySet<int> ProcessIds { get; init; }

    /// <summary>How long each request took, connecting included, whatever its end.</summary>
    public required LatencyHistogram Latency { get; init; }

    /// <summary>The longest time in which not one client had a success.</summary>
    public required TimeSpan LongestGap { get; init; }

    /// <summary>From the start of the run to now.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The first few failures, in words.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>The number of all requests.</summary>
    public int Total => Counts.Values.Sum();

    /// <summary>The number of those that failed.</summary>
    public int Failed => Total - this[Outcome.Ok] - this[Outcome.ClosedInOrder];

    /// <summary>How many requests ended in this way.</summary>
    public int this[Outcome outcome] => Counts.GetValueOrDefault(outcome);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{string.Join(", ", Counts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"))}; {ProcessIds.Count} processes; "
        + $"longest request {Latency.Max.TotalMilliseconds:F0} ms; longest gap without a success {LongestGap.TotalMilliseconds:F0} ms"
        + string.Concat(Failures.Select(failure => Environment.NewLine + "  " + failure));
}
