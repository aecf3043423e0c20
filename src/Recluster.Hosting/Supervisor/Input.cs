using System.Collections.Immutable;

namespace Recluster.Supervisor;

/// <summary>Everything that can happen to a cluster.</summary>
internal abstract record Input
{
    /// <summary>Time has passed: some deadline may be over.</summary>
    internal sealed record Tick : Input;

    /// <summary>The shell could not carry out an effect.</summary>
    internal sealed record EffectFailed(Effect Effect, string Error) : Input;

    /// <param name="Worker">Whose process exists now.</param>
    /// <param name="ProcessId">Its pid.</param>
    /// <param name="At">When it was started, by the clock. The supervisor's own time leaves out pauses of the master.</param>
    internal sealed record Started(long Worker, int ProcessId, DateTimeOffset? At = null) : Input;

    internal sealed record Ready(long Worker) : Input;

    internal sealed record AssignmentConfirmed(long Worker, long Number) : Input;

    /// <summary>The answer to <see cref="Effect.Reserve"/>.</summary>
    /// <param name="Slots">The sockets of so many slots are there now.</param>
    /// <param name="Error">Why not; null: they are.</param>
    internal sealed record Reserved(int Slots, string? Error = null) : Input;

    /// <summary>The worker has the sockets of so many slots.</summary>
    internal sealed record SocketsTaken(long Worker, int Slots) : Input;

    /// <summary>The worker could not take the sockets that it was offered.</summary>
    internal sealed record SocketsRefused(long Worker, string Reason) : Input;

    /// <param name="Worker">Who beats.</param>
    /// <param name="IsStalled">Connections wait and it accepts none: alive, but not serving.</param>
    /// <param name="IsDebugged">A debugger is attached to it.</param>
    internal sealed record Beat(long Worker, bool IsStalled = false, bool IsDebugged = false) : Input;

    /// <param name="Worker">Who asks.</param>
    /// <param name="Key">For what: no socket of it was inherited.</param>
    internal sealed record EndpointWanted(long Worker, string Key) : Input
    {
        internal string Name => Protocol.EndpointKey.Describe(Key);
    }

    /// <param name="Worker">For whom it was reserved.</param>
    /// <param name="Error">Why it could not be, or null.</param>
    internal sealed record EndpointReserved(long Worker, string? Error) : Input;

    /// <summary>These are the endpoints that the worker's Kestrel listens on.</summary>
    internal sealed record Listening(long Worker, IReadOnlyList<string> Endpoints) : Input;

    /// <summary>Clients do not find a socket any more, and that cannot be mended.</summary>
    internal sealed record SocketFileLost(string Reason) : Input;

    /// <summary>The worker cannot accept any more, though it lives.</summary>
    internal sealed record Deaf(long Worker, string Reason) : Input;

    internal sealed record WaitingFor(long Worker, string What) : Input;

    /// <param name="Worker">Who serves these slots.</param>
    /// <param name="Slots">Their successors are ready, and no client is in the midst of beginning.</param>
    internal sealed record Settled(long Worker, ImmutableArray<int> Slots) : Input;

    internal sealed record ReplacementRequested(long Worker, string Reason) : Input
    {
        /// <summary>The reason is a limit that the worker had reached by MinRecycleAge, as its successors will.</summary>
        public bool IsLimitTooLow { get; init; }
    }

    /// <param name="Worker">Who has reached a limit (MaxRequests, MaxMemoryBytes, MaxAge).</param>
    /// <param name="Reason">Which, and by how much.</param>
    /// <param name="IsTooLow">It had reached it by MinRecycleAge, as its successors will.</param>
    internal sealed record LimitReached(long Worker, string Reason, bool IsTooLow) : Input;

    /// <param name="Generation">Whose release has been copied.</param>
    /// <param name="Error">Why it could not be; null: its workers can start.</param>
    internal sealed record ReleaseKept(int Generation, string? Error = null) : Input;

    /// <param name="Generation">Whose release was looked at.</param>
    /// <param name="Change">Which of its files have been changed since the generation began; null for none.</param>
    internal sealed record ReleaseSeen(int Generation, string? Change) : Input;

    /// <summary>The app of this worker has begun to stop its host, which no one but the master should.</summary>
    internal sealed record StopsItself(long Worker) : Input;

    internal sealed record ChannelLost(long Worker) : Input;

    /// <summary>The dump of a hung worker is written, or cannot be had.</summary>
    internal sealed record DumpEnded(long Worker) : Input;

    internal sealed record Exited(long Worker, ExitStatus Status, IReadOnlyList<string> ErrorOutput) : Input
    {
        /// <summary>The last lines on standard output, of the time before it was ready.</summary>
        public IReadOnlyList<string> Output { get; init; } = [];
    }

    /// <param name="Request">Who wants the answer; null for a signal.</param>
    internal sealed record ReloadRequested(long? Request) : Input
    {
        /// <summary>Who asks and why, where that was said.</summary>
        public string? Reason { get; init; }
    }

    /// <summary>The reload that is being prepared is to be given up, and those that wait. Answered in the same step.</summary>
    internal sealed record AbortRequested(long Request) : Input;

    /// <param name="Workers">The wanted number, or null to go by <paramref name="Delta"/>.</param>
    /// <param name="Delta">So many more or fewer than now.</param>
    /// <param name="Request">Who wants the answer; null for a signal.</param>
    internal sealed record ScaleRequested(int? Workers, int Delta, long? Request) : Input;

    /// <summary>Nobody waits for the answer to this reload any more; the reload goes on.</summary>
    internal sealed record ReloadGivenUp(long Request) : Input;

    /// <summary>Nobody waits for the answer to this scaling any more; the scaling goes on.</summary>
    internal sealed record ScaleGivenUp(long Request) : Input;

    /// <param name="Timeout">What the workers get to finish.</param>
    /// <param name="Delay">How long the cluster goes on serving before that. Asked again, the earlier end and the shorter time count.</param>
    internal sealed record StopRequested(TimeSpan Timeout, TimeSpan Delay = default) : Input;

    internal sealed record TerminateRequested : Input;

    /// <summary>The host has no more time for the start of the first generation (HostOptions.StartupTimeout).</summary>
    internal sealed record StartTimedOut(TimeSpan Timeout) : Input;

    /// <param name="Service">The name of a service that runs once per cluster.</param>
    /// <param name="Failure">Why it does not run, or null if it does.</param>
    internal sealed record MasterServiceChanged(string Service, string? Failure) : Input;
}
