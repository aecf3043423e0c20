using System.Collections.Immutable;
using Recluster.Protocol;

namespace Recluster.Supervisor;

// More slots, or fewer. The sockets of a new slot are opened first, then every worker takes them (ClusterReducer.Sockets). Only then do they
// listen, since any living worker must be able to accept there. A removed slot's sockets stay open: what is queued there, and what the kernel still sends there, is
// accepted by a sibling. So nothing is lost, and no process has to let go of a socket in step with the others.
internal sealed partial class ClusterReducer
{
    private void OnScaleRequested(Input.ScaleRequested requested)
    {
        ImmutableSortedSet<long> requests = requested.Request is { } request ? [request] : [];
        if (_state.IsStopping)
        {
            AnswerScale(requests, ScaleStatus.Stopping, IsStoppingReason);
            return;
        }

        var wanted = requested.Workers ?? (_state.QueuedScale?.Workers ?? _state.Slots.Length) + requested.Delta;
        if (wanted < 1 || wanted > Settings.MaxWorkers)
        {
            AnswerScale(
                requests,
                ScaleStatus.Refused,
                $"{wanted} workers are out of range: from 1 to {nameof(ReclusterOptions.MaxWorkers)} = {Settings.MaxWorkers}.");
            return;
        }

        // A later wish overrides an earlier one; who waited for that waits for this.
        _state = _state with { QueuedScale = new ScaleState(wanted, (_state.QueuedScale?.Requests ?? []).Union(requests)) };
    }

    private void ForgetScaleRequest(long request) => _state = _state with
    {
        QueuedScale = _state.QueuedScale is { } queued ? queued with { Requests = queued.Requests.Remove(request) } : null,
        Scale = _state.Scale is { } scale ? scale with { Requests = scale.Requests.Remove(request) } : null,
    };

    /// <summary>Twice what it takes to start a worker in every slot, if each uses all of its time: a reload may come in between.</summary>
    private TimeSpan ScaleTimeout(int workers) =>
        2 * Math.Ceiling((double)workers / Settings.MaxConcurrentStarts) * Settings.StartTimeout;

    private void BeginQueuedScale()
    {
        if (_state is not { Phase: ClusterPhase.Running, Reload: null, QueuedScale: { } scale } || !HasSocketsFor(scale.Workers))
        {
            return;
        }

        var before = _state.Slots.Length;
        var fresh = new SlotState { RespawnDelay = Settings.RespawnDelay, Generation = _state.Generation };
        _state = _state with
        {
            QueuedScale = null,
            Scale = scale with
            {
                FirstNewSlot = Math.Min(before, _state.Scale?.FirstNewSlot ?? before),
                Requests = (_state.Scale?.Requests ?? []).Union(scale.Requests),
                GiveUpAt = _state.Scale?.GiveUpAt ?? _now + ScaleTimeout(scale.Workers),
            },
            Slots = [.. _state.Slots.Take(scale.Workers), .. Enumerable.Repeat(fresh, Math.Max(0, scale.Workers - before))],
            ListeningSlots = Math.Max(_state.ListeningSlots, scale.Workers),
        };
        if (scale.Workers == before)
        {
            return;
        }

        foreach (var worker in Snapshot().Where(worker => worker.Slot >= scale.Workers))
        {
            Supersede(worker, Settings.DrainTimeout);
        }

        _effects.Add(new Effect.Resize(_state.ListeningSlots, scale.Workers));
        Notify(new ClusterEvent.Scaled(scale.Workers, before));
    }

    private void CompleteScale()
    {
        if (_state.Scale is { } scale && AllSlots.All(slot => _state.ActiveOf(slot) is not null) && AllAssignmentsConfirmed())
        {
            _state = _state with { Scale = null };
            AnswerScale(scale.Requests, ScaleStatus.Succeeded, null);
        }
        else if (_now >= _state.Scale?.GiveUpAt)
        {
            var lacking = AllSlots.Where(slot => _state.ActiveOf(slot) is null).ToArray();
            FailScale(
                (lacking switch
                {
                    [] => "Not all workers have confirmed what they accept from",
                    [var slot] => $"Slot {slot} has no worker that serves",
                    _ => $"Slots {string.Join(", ", lacking)} have no workers that serve",
                })
                + $" after {ScaleTimeout(_state.Slots.Length)}. It is tried again, with a delay between the tries.");
        }
    }

    /// <summary>A new slot's worker has failed. The slot stays wanted and goes on with backoff; who waits is told.</summary>
    private void FailScale(string reason)
    {
        if (_state.Scale is { } scale)
        {
            _state = _state with { Scale = null };
            AnswerScale(scale.Requests, ScaleStatus.Failed, FreeText.Cut(reason, FreeText.MaxReason));
        }
    }

    private void AnswerScale(ImmutableSortedSet<long> requests, ScaleStatus status, string? reason)
    {
        foreach (var request in requests)
        {
            _effects.Add(new Effect.AnswerScale(request, new ScaleResult { Status = status, Workers = _state.Slots.Length, Reason = reason }));
        }
    }
}
