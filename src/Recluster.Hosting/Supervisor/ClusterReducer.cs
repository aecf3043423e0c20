using System.Collections.Immutable;

namespace Recluster.Supervisor;

/// <summary>
/// The supervisor: a pure function of the cluster's state, one input and the time. No clock, no I/O, no logger.
/// After each input it compares what should be with what is and wants the difference done, so that a lost or doubled
/// event heals itself. Its parts, one file each: workers, killing, failed effects, endpoints, heartbeat, reload, draining, notice, scale, stop, starting,
/// assignments, releases.
/// </summary>
internal sealed partial class ClusterReducer
{
    private readonly TimeSpan _now;
    private readonly List<Effect> _effects = [];

    // A worker is told to drain only after the assignments of the same step: the new accept before the old stop.
    private readonly List<Effect> _afterAssignments = [];
    private ClusterState _state;

    private ClusterReducer(ClusterState state, TimeSpan now)
    {
        _state = state;
        _now = now;
    }

    private SupervisorSettings Settings => _state.Settings;

    private IEnumerable<int> AllSlots => Enumerable.Range(0, _state.Slots.Length);

    /// <summary>The next state, and what is to be done on the way to it, in order.</summary>
    internal static (ClusterState State, IReadOnlyList<Effect> Effects) Reduce(ClusterState state, Input input, TimeSpan now)
    {
        var step = new ClusterReducer(state, now);
        step.Apply(input);
        step.BeginComingStop();
        step.ExpireDeadlines();
        step.WatchHeartbeats();
        step.Reconcile();
        step.ForgetReleases();
        return (step._state, step._effects);
    }

    private void Apply(Input input)
    {
        switch (input)
        {
            case Input.EffectFailed failed:
                OnEffectFailed(failed);
                break;
            case Input.Started started:
                OnStarted(started);
                break;
            case Input.EndpointWanted wanted:
                OnEndpointWanted(wanted);
                break;
            case Input.EndpointReserved reserved:
                OnEndpointReserved(reserved);
                break;
            case Input.Listening listening:
                OnListening(listening);
                break;
            case Input.SocketFileLost lost:
                OnSocketFileLost(lost.Reason);
                break;
            case Input.Deaf deaf:
                OnDeaf(deaf);
                break;
            case Input.WaitingFor waiting:
                OnWaitingFor(waiting);
                break;
            case Input.Ready ready:
                OnReady(ready.Worker);
                break;
            case Input.Beat beat:
                OnBeat(beat);
                break;
            case Input.AssignmentConfirmed confirmed:
                OnAssignmentConfirmed(confirmed);
                break;
            case Input.Reserved reserved:
                OnReserved(reserved);
                break;
            case Input.SocketsTaken taken:
                OnSocketsTaken(taken);
                break;
            case Input.SocketsRefused refused:
                OnSocketsRefused(refused);
                break;
            case Input.Settled settled:
                OnSettled(settled);
                break;
            case Input.ReplacementRequested requested:
                OnReplacementRequested(requested);
                break;
            case Input.LimitReached reached:
                OnLimitReached(reached);
                break;
            case Input.ReleaseKept kept:
                OnReleaseKept(kept);
                break;
            case Input.ReleaseSeen seen:
                OnReleaseSeen(seen);
                break;
            case Input.StopsItself stops:
                OnStopsItself(stops.Worker);
                break;
            case Input.ChannelLost lost:
                OnChannelLost(lost.Worker);
                break;
            case Input.DumpEnded ended:
                OnDumpEnded(ended.Worker);
                break;
            case Input.Exited exited:
                OnExited(exited);
                break;
            case Input.ReloadRequested requested:
                OnReloadRequested(requested);
                break;
            case Input.ScaleRequested requested:
                OnScaleRequested(requested);
                break;
            case Input.AbortRequested requested:
                OnAbortRequested(requested.Request);
                break;
            case Input.ReloadGivenUp given:
                ForgetReloadRequest(given.Request);
                break;
            case Input.ScaleGivenUp given:
                ForgetScaleRequest(given.Request);
                break;
            case Input.StopRequested requested:
                OnStopRequested(requested);
                break;
            case Input.StartTimedOut timedOut:
                OnStartTimedOut(timedOut.Timeout);
                break;
            case Input.TerminateRequested:
                Terminate();
                break;
            case Input.MasterServiceChanged changed:
                _state = _state with
                {
                    FailedServices = changed.Failure is { } failure
                        ? _state.FailedServices.SetItem(changed.Service, failure)
                        : _state.FailedServices.Remove(changed.Service),
                };
                break;
            case Input.Tick:
                break;
        }
    }

    private void Reconcile()
    {
        if (_state.Phase is ClusterPhase.Starting or ClusterPhase.Running)
        {
            BeginQueuedScale();
            BeginQueuedReload();
            CommitReload();
            PromoteStandby();
            ForgetSettled();
            BoundDraining();
            Assign();
            CompleteScale();
            CompleteReload();
            CompleteStart();

            // Last: what has just begun may want fewer workers, and a sibling is to serve a dead worker's slot before time goes into a start.
            StartWorkers();
            ShortenWarmUps();
        }
        else
        {
            CompleteStop();
        }
    }

    private void CompleteStart()
    {
        if (_state.Phase == ClusterPhase.Starting && AllSlots.All(slot => _state.ActiveOf(slot) is { StopsItself: false }) && AllAssignmentsConfirmed())
        {
            _state = _state with { Phase = ClusterPhase.Running };
            KeepEndpoints();
            Notify(new ClusterEvent.Started(_state.Slots.Length, _now));
            _effects.Add(new Effect.ReportStarted());
            BeginWhatWaited();
        }
    }

    /// <summary>Something that held up the next reload or scaling has just ended.</summary>
    private void BeginWhatWaited()
    {
        BeginQueuedScale();
        BeginQueuedReload();
        PromoteStandby();
        BoundDraining();
        Assign();
    }

    private void Notify(ClusterEvent clusterEvent) => _effects.Add(new Effect.Notify(clusterEvent));

    private void Update(WorkerState worker) => _state = _state with { Workers = _state.Workers.SetItem(worker.Id, worker) };

    private void Update(int slot, SlotState value) => _state = _state with { Slots = _state.Slots.SetItem(slot, value) };

    private ImmutableArray<WorkerState> Snapshot() => [.. _state.Workers.Values];
}
