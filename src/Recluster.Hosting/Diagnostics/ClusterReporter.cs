using Microsoft.Extensions.Logging;
using Recluster.Processes;
using Recluster.Supervisor;

namespace Recluster.Diagnostics;

/// <summary>The one place where the supervisor's events become log lines.</summary>
internal sealed class ClusterReporter(ILoggerFactory loggerFactory)
{
    private readonly ILogger _logger = loggerFactory.CreateMasterLogger();

    // A category of its own, so that the lines of each worker's coming and going can be switched off.
    private readonly ILogger _workers = loggerFactory.CreateMasterLogger(MasterLogger.Category + ".Workers");

    internal void Report(ClusterEvent clusterEvent)
    {
        switch (clusterEvent)
        {
            case ClusterEvent.WorkerStarted e:
                MasterLog.WorkerStarted(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation);
                break;
            case ClusterEvent.WorkerReady e:
                MasterLog.WorkerReady(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, Seconds(e.After));
                break;
            case ClusterEvent.WorkerExited { Expected: true, IsCutShort: true } e:
                MasterLog.WorkerCutShort(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Cause);
                break;
            case ClusterEvent.WorkerExited { Expected: true } e:
                MasterLog.WorkerExited(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Cause);
                break;
            case ClusterEvent.WorkerExited { RespawnIn: { } respawnIn } e:
                MasterLog.WorkerDied(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Cause, Seconds(respawnIn));
                break;
            case ClusterEvent.WorkerExited e:
                MasterLog.WorkerDiedNoRespawn(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Cause);
                break;
            case ClusterEvent.WorkerNotKilled e:
                MasterLog.WorkerNotKilled(
                    _workers,
                    e.Worker.Slot,
                    e.Worker.ProcessId,
                    e.Worker.Generation,
                    e.Cause,
                    e.RespawnIn is { } after ? FormattableString.Invariant($" Its slot gets another in {Seconds(after)} s.") : "",
                    ProcessState.Describe(e.Worker.ProcessId));
                break;
            case ClusterEvent.ReplacementRequested e:
                MasterLog.ReplacementRequested(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Reason);
                break;
            case ClusterEvent.WorkerStopsItself { SuccessorIn: { } successorIn } e:
                MasterLog.WorkerStopsItself(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, ExitCause.StoppedItself, Seconds(successorIn));
                break;
            case ClusterEvent.WorkerStopsItself e:
                MasterLog.WorkerStopsItselfAndIsSucceeded(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, ExitCause.StoppedItself);
                break;
            case ClusterEvent.WorkerPromoted e:
                MasterLog.WorkerPromoted(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation);
                break;
            case ClusterEvent.WorkerDraining e:
                MasterLog.WorkerDraining(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation);
                break;
            case ClusterEvent.WorkerUnheard e:
                MasterLog.WorkerUnheard(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, Seconds(e.For));
                break;
            case ClusterEvent.Scaled e:
                MasterLog.Scaled(_logger, e.Before, e.Workers);
                break;
            case ClusterEvent.ScaleFailed e:
                MasterLog.ScaleFailed(_logger, e.Wanted, e.Workers, e.Reason);
                break;
            case ClusterEvent.SocketsRefused e:
                MasterLog.SocketsRefused(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Reason);
                break;
            case ClusterEvent.GenerationTooMany e:
                MasterLog.GenerationTooMany(_logger, e.Slots, e.Generation);
                break;
            case ClusterEvent.LimitTooLow e:
                MasterLog.LimitTooLow(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation, e.Reason);
                break;
            case ClusterEvent.ReleaseChanged e:
                MasterLog.ReleaseChanged(_logger, e.Generation, e.Change);
                break;
            case ClusterEvent.ChangedFilesRun e:
                MasterLog.ChangedFilesRun(_workers, e.Worker.Slot, e.Worker.ProcessId, e.Worker.Generation);
                break;
            case ClusterEvent.ReloadHalted e:
                MasterLog.ReloadHalted(_logger, e.Generation, e.Slots, e.Reason, LastLines.Describe(e.ErrorOutput, e.Output));
                break;
            case ClusterEvent.Started e:
                MasterLog.Started(_logger, e.Workers, Seconds(e.After));
                break;
            case ClusterEvent.ReloadBegun { Reason: { } reason } e:
                MasterLog.ReloadBegunFor(_logger, e.Generation, reason);
                break;
            case ClusterEvent.ReloadAborted e:
                MasterLog.ReloadAborted(_logger, e.Generation, e.Serving);
                break;
            case ClusterEvent.ReloadBegun e:
                MasterLog.ReloadBegun(_logger, e.Generation);
                break;
            case ClusterEvent.ReloadDone e:
                MasterLog.ReloadDone(_logger, e.Generation, e.Workers, Seconds(e.After));
                break;
            case ClusterEvent.ReloadRolledBack { ErrorOutput.Count: 0, Output.Count: 0 } e:
                MasterLog.ReloadRolledBack(_logger, e.Generation, e.Serving, e.Reason);
                break;
            case ClusterEvent.ReloadRolledBack e:
                MasterLog.ReloadRolledBackWithOutput(
                    _logger, e.Generation, e.Serving, e.Reason, LastLines.Describe(e.ErrorOutput, e.Output));
                break;
            case ClusterEvent.StopAnnounced e:
                MasterLog.StopAnnounced(_logger, e.Delay, e.Timeout);
                break;
            case ClusterEvent.Stopping e:
                MasterLog.Stopping(_logger, e.Workers, e.Timeout);
                break;
        }
    }

    internal void ProtocolError(long worker, Exception error) => MasterLog.ProtocolError(_logger, worker, error);

    internal void BusOverflow(int slot, int processId, string topic) => MasterLog.BusOverflow(_workers, slot, processId, topic);

    internal void InputFailed(Input input, Exception error) => MasterLog.InputFailed(_logger, input, error);

    internal void EffectFailed(Effect effect, Exception error) => MasterLog.EffectFailed(_logger, effect, error);

    internal void StepFailed(string step, Exception error) => MasterLog.StepFailed(_logger, step, error);

    internal void LoopBroken(Exception error) => MasterLog.LoopBroken(_logger, error);

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 2);
}
