namespace Recluster.Protocol;

/// <summary>
/// The control channel: a stream socket pair between the master and each worker. A frame is one line of UTF-8 ended by
/// LF, at most <see cref="MessageCodec.MaxFrameLength"/> bytes: a verb, then its arguments parted by single spaces.
/// <code>
/// worker to master
///   ready                          the app has started; it accepts nothing yet (standby)
///   assigned 7                     assignment number 7 is in force
///   replace SIGTERM received       please start a replacement for me; free text is the reason
///   reload 3                       request 3 of this worker: reload the cluster
///   terminate 4                    request 4 of this worker: end the cluster at once
/// master to worker
///   assign 7 0,2                   assignment number 7: accept from the sockets of slots 0 and 2 ("-": from none)
///   drain 3600000                  serve what you have, at most so many milliseconds, then exit
///   stop 27000                     the cluster ends: serve what is queued, close the sockets, finish within so many milliseconds
///   cluster {json}                 the cluster as it is now (ClusterSnapshot)
///   reloaded 3 {json}              the answer to request 3 (ReloadResult)
///   refused 4 the reason           the answer to a request that cannot be carried out
/// </code>
/// Hand-written rather than JSON throughout: every verb that a starting worker needs is parsed by code that costs no JIT time
/// worth naming. Unknown verbs are skipped (a newer peer may say more); a malformed or oversized frame ends the channel.
/// </summary>
internal abstract record Message
{
    internal sealed record Ready : Message;

    internal sealed record Assigned(long Number) : Message;

    internal sealed record Replace(string Reason) : Message;

    internal sealed record Reload(long Request) : Message;

    internal sealed record Terminate(long Request) : Message;

    internal sealed record Assign(long Number, IReadOnlyList<int> Slots) : Message;

    internal sealed record Drain(TimeSpan Timeout) : Message;

    internal sealed record Stop(TimeSpan Timeout) : Message;

    internal sealed record Cluster(string Json) : Message;

    internal sealed record Reloaded(long Request, string Json) : Message;

    internal sealed record Refused(long Request, string Reason) : Message;
}
