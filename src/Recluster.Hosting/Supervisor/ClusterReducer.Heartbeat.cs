namespace Recluster.Supervisor;

// A worker that is not heard of: relieved at half of HeartbeatTimeout, replaced at all of it, killed when its successor is there.
internal sealed partial class ClusterReducer
{
    private void OnBeat(Input.Beat beat)
    {
        if (_state.Workers.TryGetValue(beat.Worker, out var worker))
        {
            // What it did not say while a debugger excused it is no silence, also where it has a queue to catch up with now.
            var counts = beat.IsStalled && ClusterDeadlines.ListensFor(_state, worker);
            Update(worker with
            {
                LastBeat = counts ? worker.LastBeat : _now,
                IsDebugged = beat.IsDebugged,
            });
        }
    }

    private void WatchHeartbeats()
    {
        foreach (var worker in Snapshot())
        {
            var silence = SilenceOf(worker);
            switch (worker.Phase)
            {
                case ReclusterWorkerPhase.Active when silence >= Settings.HeartbeatTimeout && !worker.WantsReplacement:
                    Notify(new ClusterEvent.WorkerUnheard(worker, silence.Value));
                    Update(worker with { WantsReplacement = true });
                    break;
                case ReclusterWorkerPhase.Draining when silence >= Settings.HeartbeatTimeout * 2:
                    Kill(worker, KillReason.HungAndSucceeded);
                    break;
                case ReclusterWorkerPhase.Active when silence >= Settings.HeartbeatTimeout + Settings.StartTimeout:
                case ReclusterWorkerPhase.Standby when silence >= Settings.HeartbeatTimeout:
                    Kill(worker, KillReason.HeartbeatTimeout);
                    break;
            }
        }
    }

    private TimeSpan? SilenceOf(WorkerState worker) => ClusterDeadlines.ListensFor(_state, worker) ? _now - worker.LastBeat : null;

    private bool IsRelieved(WorkerState worker) => worker.IsDeaf || SilenceOf(worker) >= Settings.HeartbeatTimeout / 2;

    private bool IsHung(WorkerState worker) => SilenceOf(worker) >= Settings.HeartbeatTimeout;
}
