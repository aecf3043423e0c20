using Recluster.Protocol;

namespace Recluster.Supervisor;

// The sockets of new slots: opened by the master, then taken by every worker that may have to accept there.
internal sealed partial class ClusterReducer
{
    private void OnReserved(Input.Reserved reserved)
    {
        if (_state.Reserving != reserved.Slots)
        {
            return;
        }

        _state = _state with { Reserving = null };
        if (reserved.Error is { } error)
        {
            if (_state.QueuedScale?.Workers > _state.ReservedSlots)
            {
                FailQueuedScale(error);
            }

            return;
        }

        _state = _state with { ReservedSlots = reserved.Slots, ReservedAt = _now };
        foreach (var worker in Snapshot().Where(MayHaveToAccept))
        {
            // One that does not accept yet takes them before it is assigned anything, since it reads in order, or ends.
            if (worker.Phase != ReclusterWorkerPhase.Active)
            {
                Update(worker with { Sockets = reserved.Slots });
            }

            _effects.Add(new Effect.OfferSockets(worker.Id, reserved.Slots));
        }
    }

    private void OnSocketsTaken(Input.SocketsTaken taken)
    {
        if (_state.Workers.TryGetValue(taken.Worker, out var worker) && taken.Slots > worker.Sockets && taken.Slots <= _state.ReservedSlots)
        {
            Update(worker with { Sockets = taken.Slots });
        }
    }

    private void OnSocketsRefused(Input.SocketsRefused refused)
    {
        if (_state.Workers.TryGetValue(refused.Worker, out var worker) && worker.Sockets < _state.ReservedSlots)
        {
            Notify(new ClusterEvent.SocketsRefused(worker, refused.Reason));
            if (_state.QueuedScale?.Workers > worker.Sockets)
            {
                FailQueuedScale($"The worker of slot {worker.Slot} (pid {worker.ProcessId}) cannot take the new sockets: {refused.Reason}");
            }
        }
    }

    /// <summary>Whether so many slots may be in use: their sockets are open, and the workers have them. If not, it is seen to.</summary>
    private bool HasSocketsFor(int slots)
    {
        if (slots > _state.ReservedSlots)
        {
            if (_state.Reserving is null)
            {
                _state = _state with { Reserving = slots };
                _effects.Add(new Effect.Reserve(slots));
            }

            return false;
        }

        // Whoever stays has to be able to cover for all who go or die. One that is not heard of is relieved of its own slot anyway.
        var needed = Math.Max(slots, _state.ListeningSlots);
        var lacking = _state.Workers.Values.FirstOrDefault(worker =>
            worker.Phase == ReclusterWorkerPhase.Active && worker.Slot < slots && worker.Sockets < needed && !IsRelieved(worker));
        if (lacking is null)
        {
            return true;
        }

        if (_now >= _state.ReservedAt + Settings.SocketsTimeout)
        {
            FailQueuedScale(
                $"The worker of slot {lacking.Slot} (pid {lacking.ProcessId}) has not taken the sockets of {needed} slots "
                + $"within {Settings.SocketsTimeout}.");
        }

        return false;
    }

    private static bool MayHaveToAccept(WorkerState worker) =>
        worker.Phase is ReclusterWorkerPhase.Starting or ReclusterWorkerPhase.Standby or ReclusterWorkerPhase.Active;

    /// <summary>Gives up a scaling that has not begun. Nothing has changed.</summary>
    private void FailQueuedScale(string reason)
    {
        reason = FreeText.Cut(reason, FreeText.MaxReason);
        var scale = _state.QueuedScale!;
        _state = _state with { QueuedScale = null };
        Notify(new ClusterEvent.ScaleFailed(scale.Workers, _state.Slots.Length, reason));
        AnswerScale(scale.Requests, ScaleStatus.Failed, reason);
    }
}
