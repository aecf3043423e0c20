using System.Collections.Immutable;

namespace Recluster.Supervisor;

/// <summary>Everything the supervisor can want done. The shell carries them out in order.</summary>
internal abstract record Effect
{
    internal sealed record Start(long Worker, int Slot, int Generation) : Effect;

    internal sealed record Assign(long Worker, long Number, ImmutableArray<int> Slots) : Effect;

    internal sealed record Drain(long Worker, TimeSpan Timeout) : Effect;

    internal sealed record Stop(long Worker, TimeSpan Timeout) : Effect;

    internal sealed record Kill(long Worker) : Effect;

    internal sealed record Answer(long Request, ReloadResult Result) : Effect;

    internal sealed record Notify(ClusterEvent Event) : Effect;

    /// <summary>The first generation serves.</summary>
    internal sealed record ReportStarted : Effect;

    /// <summary>No worker is left.</summary>
    internal sealed record ReportStopped(StartFailure? Failure) : Effect;
}
