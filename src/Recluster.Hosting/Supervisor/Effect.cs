using System.Collections.Immutable;
using Recluster.Protocol;

namespace Recluster.Supervisor;

/// <summary>Everything the supervisor can want done. The shell carries them out in order.</summary>
internal abstract record Effect
{
    internal sealed record Start(long Worker, int Slot, int Generation) : Effect;

    internal sealed record Assign(long Worker, long Number, ImmutableArray<int> Slots) : Effect;

    /// <summary>The worker is starting, and is not to warm up more than this.</summary>
    internal sealed record ShortenWarmUp(long Worker, WarmUpExtent Extent) : Effect;

    internal sealed record Drain(long Worker, TimeSpan Timeout, TimeSpan Spread) : Effect;

    internal sealed record Stop(long Worker, TimeSpan Timeout) : Effect;

    /// <summary>The worker drains already, and is to come to an end.</summary>
    internal sealed record Finish(long Worker, TimeSpan Timeout) : Effect;

    /// <summary>A dump of the worker, which is hung, before it is killed. Answered by <see cref="Input.DumpEnded"/>. A kill ends it.</summary>
    internal sealed record Dump(long Worker) : Effect;

    /// <summary>Repeated until the exit is seen.</summary>
    internal sealed record Kill(long Worker) : Effect;

    /// <summary>The worker cannot be killed: nothing is sent to it any more, and its end is waited for by nobody.</summary>
    internal sealed record GiveUp(long Worker) : Effect;

    /// <summary>The sockets of so many slots are to be opened; nothing listens there yet. Answered by <see cref="Input.Reserved"/>.</summary>
    internal sealed record Reserve(int Slots) : Effect;

    /// <summary>The worker is to take the sockets of so many slots. Answered by <see cref="Input.SocketsTaken"/>.</summary>
    internal sealed record OfferSockets(long Worker, int Slots) : Effect;

    /// <summary>The release of this generation is to be copied before its first worker starts. Answered by <see cref="Input.ReleaseKept"/>.</summary>
    internal sealed record KeepRelease(int Generation) : Effect;

    /// <summary>Have the files of this generation's release been changed? Answered by <see cref="Input.ReleaseSeen"/>.</summary>
    internal sealed record LookAtRelease(int Generation) : Effect;

    /// <summary>The generation neither serves nor has a process any more: its release is not needed.</summary>
    internal sealed record ForgetRelease(int Generation) : Effect;

    /// <summary>A worker asks for an endpoint: reserve it and tell both the worker and the supervisor.</summary>
    internal sealed record ReserveEndpoint(long Worker, string Key) : Effect;

    /// <summary>Only these endpoints are served: the others are given up, by the master and by every worker.</summary>
    internal sealed record KeepEndpoints(ImmutableArray<string> Keys) : Effect;

    /// <summary>Sockets whose files are lost are bound anew, and a reload is asked for that gives them to the workers.</summary>
    internal sealed record RebindFiles : Effect;

    /// <summary>From now on so many sockets of each group listen, and new connections go to so many slots.</summary>
    internal sealed record Resize(int ListeningSlots, int Slots) : Effect;

    /// <summary>The master lets go of its listening sockets; what a worker holds lives until that worker lets go of it too.</summary>
    internal sealed record CloseSockets : Effect;

    internal sealed record AnswerScale(long Request, ScaleResult Result) : Effect;

    internal sealed record Answer(long Request, ReloadResult Result) : Effect;

    internal sealed record AnswerAbort(long Request, bool HasAborted) : Effect;

    internal sealed record Notify(ClusterEvent Event) : Effect;

    /// <summary>The first generation serves.</summary>
    internal sealed record ReportStarted : Effect;

    /// <summary>No worker is left.</summary>
    internal sealed record ReportStopped(StartFailure? Failure) : Effect;
}
