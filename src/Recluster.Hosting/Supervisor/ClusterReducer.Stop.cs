namespace Recluster.Supervisor;

// The end of the cluster, in order or at once.
internal sealed partial class ClusterReducer
{
    // What a worker gets of the time for stopping; the rest is for its exit, before it is killed.
    private const double WorkersShare = 0.9;

    private void Stop(TimeSpan timeout)
    {
        if (_state.Phase is ClusterPhase.Stopping or ClusterPhase.Stopped)
        {
            ShortenStop(timeout);
            return;
        }

        Notify(new ClusterEvent.Stopping(_state.Workers.Count, timeout));
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

    private void Fail(StartFailure failure) => EndAtOnce(failure, KillReason.Stopped);

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
        var waiting = (_state.Reload?.Requests ?? []).AddRange(_state.QueuedReload ?? []);
        var duration = _state.Reload is { } reload ? _now - reload.StartedAt : TimeSpan.Zero;
        _state = _state with { Phase = ClusterPhase.Stopping, Failure = failure ?? _state.Failure, Reload = null, QueuedReload = null };
        var scaling = (_state.Scale?.Requests ?? []).AddRange(_state.QueuedScale?.Requests ?? []);
        _state = _state with { Scale = null, QueuedScale = null };
        AnswerScale(scaling, ScaleStatus.Stopping, "The cluster is stopping.");
        Answer(waiting, ReloadStatus.Stopping, duration, "The cluster is stopping.", []);
    }

    private void CompleteStop()
    {
        if (_state.Phase == ClusterPhase.Stopping && _state.Workers.IsEmpty)
        {
            _state = _state with { Phase = ClusterPhase.Stopped };
            _effects.Add(new Effect.ReportStopped(_state.Failure));
        }
    }
}
