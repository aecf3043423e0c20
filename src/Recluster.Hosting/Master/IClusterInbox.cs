using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>Where everything that happens is put. Never blocks; one reader takes it from there.</summary>
internal interface IClusterInbox
{
    void Post(Input input);

    /// <summary>Asks for a reload; <paramref name="answer"/> is called once, on the loop.</summary>
    void RequestReload(Action<ReloadResult> answer);

    /// <summary>Asks for another number of slots; <paramref name="answer"/> is called once, on the loop.</summary>
    void RequestScale(int workers, Action<ScaleResult> answer);

    /// <summary>Calls <paramref name="watcher"/> for each event, on the loop, until <paramref name="end"/> is cancelled.</summary>
    void Watch(Action<ReclusterEvent> watcher, CancellationToken end);

    /// <summary>Sends a bus message to every process of the cluster.</summary>
    void Relay(Message.Publish message);

    /// <summary>Asks the host to stop, as SIGTERM does.</summary>
    void RequestStop();

    /// <summary>A worker has sent what is no message.</summary>
    void ReportProtocolError(long worker, Exception error);
}
