using Microsoft.Extensions.Logging;
using Recluster.Supervisor;

namespace Recluster.Diagnostics;

/// <summary>The one place where the supervisor's events become log lines.</summary>
internal sealed class ClusterReporter(ILogger logger)
{
    internal void Report(ClusterEvent clusterEvent)
    {
        switch (clusterEvent)
        {
            case ClusterEvent.WorkerStarted e:
                MasterLog.WorkerStarted(logger, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation);
                break;
            case ClusterEvent.WorkerReady e:
                MasterLog.WorkerReady(logger, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, Seconds(e.After));
                break;
            case ClusterEvent.WorkerExited { Expected: true } e:
                MasterLog.WorkerExited(logger, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Cause);
                break;
            case ClusterEvent.WorkerExited { RespawnIn: { } respawnIn } e:
                MasterLog.WorkerDied(logger, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Cause, Seconds(respawnIn));
                break;
            case ClusterEvent.WorkerExited e:
                MasterLog.WorkerDiedNoRespawn(logger, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Cause);
                break;
            case ClusterEvent.ReplacementRequested e:
                MasterLog.ReplacementRequested(logger, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Reason);
                break;
            case ClusterEvent.Started e:
                MasterLog.Started(logger, e.Workers, Seconds(e.After));
                break;
            case ClusterEvent.ReloadBegun e:
                MasterLog.ReloadBegun(logger, e.Generation);
                break;
            case ClusterEvent.ReloadDone e:
                MasterLog.ReloadDone(logger, e.Generation, e.Workers, Seconds(e.After));
                break;
            case ClusterEvent.ReloadRolledBack { ErrorOutput.Count: 0 } e:
                MasterLog.ReloadRolledBack(logger, e.Generation, e.Serving, e.Reason);
                break;
            case ClusterEvent.ReloadRolledBack e:
                MasterLog.ReloadRolledBackWithOutput(
                    logger, e.Generation, e.Serving, e.Reason, string.Join(Environment.NewLine, e.ErrorOutput));
                break;
            case ClusterEvent.Stopping e:
                MasterLog.Stopping(logger, e.Workers, e.Timeout);
                break;
        }
    }

    internal void ProtocolError(long worker, Exception error) => MasterLog.ProtocolError(logger, worker, error);

    internal void LoopFailed(Input input, Exception error) => MasterLog.LoopFailed(logger, input, error);

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 2);
}
