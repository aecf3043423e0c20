using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>Where everything that happens is put. Never blocks; one reader takes it from there.</summary>
internal interface IClusterInbox
{
    void Post(Input input);

    /// <summary>Asks for a reload. The call is answered on the loop, or at once where it is refused.</summary>
    void Request(PendingCall<ReloadResult> call, string? reason);

    /// <summary>Gives up the reload that is being prepared, and those that wait. The answer is whether there was one.</summary>
    void Request(PendingCall<bool> call);

    /// <summary>Asks for another number of slots. The call is answered on the loop, or at once where it is refused.</summary>
    void Request(PendingCall<ScaleResult> call, int workers);

    /// <summary>Nobody waits for the answer any more. What was asked for goes on.</summary>
    void GiveUp(PendingCall<ReloadResult> call);

    /// <summary>Nobody waits for the answer any more. What was asked for goes on.</summary>
    void GiveUp(PendingCall<ScaleResult> call);

    /// <summary>Calls <paramref name="watcher"/> for each event, on the loop, until <paramref name="end"/> is cancelled.</summary>
    void Watch(Action<ReclusterEvent> watcher, CancellationToken end);

    /// <summary>Sends a bus message to every process of the cluster.</summary>
    void Relay(Message.Publish message);

    /// <summary>Asks the host to stop, as SIGTERM does.</summary>
    void RequestStop();

    /// <summary>A worker has sent what is no message.</summary>
    void ReportProtocolError(long worker, Exception error);
}
