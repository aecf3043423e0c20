using Recluster.Protocol;

namespace Recluster.Supervisor;

// The end of the cluster, in order or at once.
internal sealed partial class ClusterReducer
{
    // What a worker gets of the time for stopping; the rest is for its exit, before it is killed.
    private const double WorkersShare = 0.9;

    private const string IsStoppingReason = "The cluster is stopping.";

    private void OnStopRequested(Input.StopRequested requested)
    {
        if (_state.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped)
        {
            ShortenStop(requested.Timeout);
            return;
        }

        // A cluster that does not serve yet has nothing to go on with.
        var delay = _state.Phase == ClusterPhase.Running ? requested.Delay : TimeSpan.Zero;
        if (_state.ComingStop is { } coming)
        {
            var (at, timeout) = (Min(coming.At, _now + delay), Min(coming.Timeout, requested.Timeout));
            _state = _state with { ComingStop = coming with { At = at, Timeout = timeout } };
            return;
        }

        _state = _state with { ComingStop = new StopState(_now + delay, requested.Timeout, WasAnnounced: delay > TimeSpan.Zero) };
        if (_state.ComingStop.WasAnnounced)
        {
            Notify(new ClusterEvent.StopAnnounced(delay, requested.Timeout));
            RefuseWhatWaits();
        }
    }

    private void BeginComingStop()
    {
        if (_state.ComingStop is { } coming && coming.At <= _now)
        {
            Stop(coming.Timeout);
        }
    }

    private void Stop(TimeSpan timeout)
    {
        Notify(new ClusterEvent.Stopping(_state.Workers.Count, timeout, _state.ComingStop is { WasAnnounced: true }));
        BeginStop(null);
        foreach (var worker in Snapshot())
        {
            if (worker.Phase == ReclusterWorkerPhase.Starting)
            {
                Kill(worker, KillReason.Stopped);
            }
            else if (worker.Phase != ReclusterWorkerPhase.Killed)
            {
                Update(worker with { Phase = ReclusterWorkerPhase.Draining, Deadline = _now + timeout });
                _effects.Add(new Effect.Stop(worker.Id, timeout * WorkersShare));
            }
        }

        // Those that are still to be killed (after a dump, or unless they end by themselves) have no more time than the others.
        ShortenStop(timeout);
    }

    /// <summary>Asked again, with less time: the host's own patience is over.</summary>
    private void ShortenStop(TimeSpan timeout)
    {
        foreach (var worker in Snapshot().Where(worker => worker.Deadline > _now + timeout))
        {
            Update(worker with { Deadline = _now + timeout });
        }
    }

    private void Terminate() => EndAtOnce(null, KillReason.Terminated);

    private void Fail(StartFailure failure) =>
        EndAtOnce(failure with { Reason = FreeText.Cut(failure.Reason, FreeText.MaxReason) }, KillReason.Stopped);

    private void EndAtOnce(StartFailure? failure, KillReason reason)
    {
        if (_state.Phase == ClusterPhase.Stopped)
        {
            return;
        }

        BeginStop(failure);
        foreach (var worker in Snapshot())
        {
            Kill(worker, reason);
        }
    }

    private void BeginStop(StartFailure? failure)
    {
        if (_state.Phase != ClusterPhase.Stopping)
        {
            _effects.Add(new Effect.CloseSockets());
        }

        var (reload, scale) = (_state.Reload, _state.Scale);
        _state = _state with
        {
            Phase = ClusterPhase.Stopping,
            Failure = failure ?? _state.Failure,
            ComingStop = null,
            Reload = null,
            Scale = null,
        };
        AnswerScale(scale?.Requests ?? [], ScaleStatus.Stopping, IsStoppingReason);
        Answer(reload?.Requests ?? [], ReloadStatus.Stopping, reload is null ? TimeSpan.Zero : _now - reload.StartedAt, IsStoppingReason, []);
        RefuseWhatWaits();
    }

    /// <summary>What runs may come to its end while there is time; what waits for that is not begun any more.</summary>
    private void RefuseWhatWaits()
    {
        var (reloads, scale) = (_state.QueuedReload, _state.QueuedScale);
        _state = _state with { QueuedReload = null, QueuedReloadReason = null, QueuedScale = null };
        AnswerScale(scale?.Requests ?? [], ScaleStatus.Stopping, IsStoppingReason);
        Answer(reloads ?? [], ReloadStatus.Stopping, TimeSpan.Zero, IsStoppingReason, []);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void CompleteStop()
    {
        if (_state.Phase == ClusterPhase.Stopping && _state.Workers.IsEmpty)
        {
            _state = _state with { Phase = ClusterPhase.Stopped };
            _effects.Add(new Effect.ReportStopped(_state.Failure));
        }
    }
}
