using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>Where everything that happens is put. Never blocks; one reader takes it from there.</summary>
internal interface IClusterInbox
{
    void Post(Input input);

    /// <summary>Asks for a reload; <paramref name="answer"/> is called once, on the loop.</summary>
    void RequestReload(Action<ReloadResult> answer);

    /// <summary>A worker has sent what is no message.</summary>
    void ReportProtocolError(long worker, Exception error);
}
