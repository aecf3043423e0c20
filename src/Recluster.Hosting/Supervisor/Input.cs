namespace Recluster.Supervisor;

/// <summary>Everything that can happen to a cluster.</summary>
internal abstract record Input
{
    /// <summary>Time has passed: some deadline may be over.</summary>
    internal sealed record Tick : Input;

    internal sealed record Started(long Worker, int ProcessId) : Input;

    internal sealed record Ready(long Worker) : Input;

    internal sealed record AssignmentConfirmed(long Worker, long Number) : Input;

    internal sealed record ReplacementRequested(long Worker, string Reason) : Input;

    internal sealed record ChannelLost(long Worker) : Input;

    internal sealed record Exited(long Worker, ExitStatus Status, IReadOnlyList<string> ErrorOutput) : Input;

    /// <param name="Request">Who wants the answer; null for a signal.</param>
    internal sealed record ReloadRequested(long? Request) : Input;

    internal sealed record StopRequested(TimeSpan Timeout) : Input;

    internal sealed record TerminateRequested : Input;
}
