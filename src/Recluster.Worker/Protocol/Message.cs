namespace Recluster.Protocol;

/// <summary>
/// The control channel: a stream socket pair between the master and each worker. A frame is one line of UTF-8 ended by
/// LF, at most <see cref="MessageCodec.MaxFrameLength"/> bytes: a verb, then its arguments parted by single spaces. Free text is cut by whoever
/// sends it and by whoever reads it (<see cref="FreeText"/>).
/// <code>
/// worker to master
///   bind tcp%3A127.0.0.1%3A8081     the app asks for this endpoint (escaped key), and no socket was inherited for it
///   listening tcp%3A127.0.0.1%3A80  Kestrel listens on these endpoints (escaped keys, parted by spaces; "-": on none)
///   deaf Kestrel has unbound ...   this worker cannot accept any more; free text is the reason
///   waiting health check 'db'      not ready yet, and what for; free text
///   ready                          ready to serve; it accepts nothing yet (standby)
///   beat 0 1                       alive; connections wait and none is accepted (no); a debugger is attached (yes)
///   assigned 7                     assignment number 7 is in force
///   holds 8                        this worker has the sockets of 8 slots now
///   lacks {reason}                 it could not take the sockets that were offered; free text
///   settled 0,2                    in these slots, whose successors are ready (the snapshot says so), no client is in the midst of beginning
///   replace SIGTERM received       please start a replacement for me; free text is the reason
///   recycle 0 MaxAge: ...          the same, because of a limit (Max...); 1: it is too low; free text is the reason
///   stopping                       the app stops its host: tell me to drain, when somebody serves in my place
///   reload 3 new prices            request 3 of this worker: reload the cluster; free text is the reason, which may be absent
///   abort 6                        request 6 of this worker: give up the reload that is being prepared, and those that wait
///   scale 5 8                      request 5 of this worker: 8 slots, please
///   give-up 5                      nobody waits for the answer to request 5 any more
///   end                            stop the cluster in order
///   terminate                      end the cluster at once
///   watch 1                        send me the cluster's events from now on; 0: no more
///   publish cache%2Fusers aGVsbG8= a bus message for all: topic (escaped), payload (base64)
/// master to worker
///   bound tcp%3A1.2.3.4%3A0 tcp%3A1.2.3.4%3A80  the endpoint is reserved, at this address; the next start inherits it
///   failed tcp%3A1.2.3.4%3A80 why   the endpoint (escaped key) cannot be bound on this machine; free text is the reason
///   retire 1                       nobody listens on the endpoint at this place any more: serve what is queued, close its sockets
///   assign 7 0,2                   assignment number 7: accept from the sockets of slots 0 and 2 ("-": from none)
///   sockets 8                      there are sockets for 8 slots now: ask for them (DescriptorChannel)
///   warm-up 2                      clients wait: warm up no more than this (WarmUpExtent)
///   drain 3600000 10000            serve what you have, at most so many milliseconds; close what is left over so many; then exit
///   finish 10000                   you drain already: come to an end within so many milliseconds
///   stop 27000                     the cluster ends: serve what is queued, close the sockets, finish within so many milliseconds
///   cluster {json}                 the cluster as it is now (ClusterSnapshot)
///   report {json}                   how the last reload ended, and which master services do not run (ClusterReport)
///   reloaded 3 {json}              the answer to request 3 (ReloadResult)
///   scaled 5 {json}                the answer to request 5 (ScaleResult)
///   aborted 6 1                    the answer to request 6: there was one; 0: none
///   event {json}                   something happened (ReclusterEvent)
///   publish cache%2Fusers aGVsbG8= a bus message
/// </code>
/// Hand-written rather than JSON throughout: every verb that a starting worker needs is parsed by code that costs no JIT time
/// worth naming. Unknown verbs are skipped (a newer peer may say more); a malformed or oversized frame ends the channel.
/// </summary>
internal abstract record Message
{
    internal sealed record Ready : Message;

    internal sealed record Bind(string Key) : Message;

    internal sealed record Listening(IReadOnlyList<string> Keys) : Message;

    internal sealed record Deaf(string Reason) : Message;

    internal sealed record Bound(string Key, string Address) : Message;

    internal sealed record Failed(string Key, string Reason) : Message;

    internal sealed record Retire(int Place) : Message;

    internal sealed record Assigned(long Number) : Message;

    internal sealed record Holds(int Slots) : Message;

    internal sealed record Lacks(string Reason) : Message;

    internal sealed record Settled(IReadOnlyList<int> Slots) : Message;

    internal sealed record Replace(string Reason) : Message;

    internal sealed record Recycle(bool IsLimitTooLow, string Reason) : Message;

    internal sealed record Stopping : Message;

    internal sealed record Reload(long Request, string? Reason = null) : Message;

    internal sealed record Abort(long Request) : Message;

    internal sealed record Waiting(string What) : Message;

    internal sealed record Beat(bool IsStalled, bool IsDebugged) : Message;

    internal sealed record Scale(long Request, int Workers) : Message;

    internal sealed record GiveUp(long Request) : Message;

    internal sealed record End : Message;

    internal sealed record Terminate : Message;

    internal sealed record Watch(bool IsOn) : Message;

    internal sealed record Publish(string Topic, ReadOnlyMemory<byte> Payload) : Message;

    internal sealed record Assign(long Number, IReadOnlyList<int> Slots) : Message;

    internal sealed record Sockets(int Slots) : Message;

    internal sealed record ShortenWarmUp(WarmUpExtent Extent) : Message;

    internal sealed record Drain(TimeSpan Timeout, TimeSpan Spread) : Message;

    internal sealed record Finish(TimeSpan Timeout) : Message;

    internal sealed record Stop(TimeSpan Timeout) : Message;

    internal sealed record Cluster(string Json) : Message;

    internal sealed record Report(string Json) : Message;

    internal sealed record Reloaded(long Request, string Json) : Message;

    internal sealed record Scaled(long Request, string Json) : Message;

    internal sealed record Aborted(long Request, bool HasAborted) : Message;

    internal sealed record Event(string Json) : Message;
}
