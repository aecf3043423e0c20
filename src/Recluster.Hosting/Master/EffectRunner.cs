using Recluster.Diagnostics;
using Recluster.Hosts;
using Recluster.Messaging;
using Recluster.Protocol;
using Recluster.Releases;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>
/// Carries out what the supervisor wants done, each effect by itself: one that throws keeps none of the others from being done. What could not be done
/// comes back to the supervisor as an input.
/// </summary>
internal sealed class EffectRunner(
    WorkerLinks links,
    IClusterSockets sockets,
    IReleases releases,
    PendingAnswers<ReloadResult> reloads,
    PendingAnswers<ScaleResult> scalings,
    PendingAnswers<bool> aborts,
    EventHub events,
    ClusterReporter reporter,
    TimeProvider time,
    DateTimeOffset epoch,
    IClusterInbox inbox)
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first generation serves; fails if it cannot.</summary>
    internal Task Started => _started.Task;

    /// <summary>Completes when no worker is left.</summary>
    internal Task Stopped => _stopped.Task;

    /// <summary>Nothing more will be done: whoever waits for the start or the stop waits no longer.</summary>
    internal void End()
    {
        _started.TrySetCanceled();
        events.Complete();
        _stopped.TrySetResult();
    }

    internal void Carry(IEnumerable<Effect> effects, Func<ClusterSnapshot> snapshot)
    {
        foreach (var effect in effects.OrderBy(Rank))
        {
            try
            {
                Carry(effect, snapshot);
            }
            catch (Exception e)
            {
                if (effect is not Effect.Start)
                {
                    reporter.EffectFailed(effect, e); // A start that failed is told as the end of its worker.
                }

                inbox.Post(new Input.EffectFailed(effect, e.Message));
            }
        }
    }

    // First what acts, in its order, so that a slow log holds up nothing. Last what ends the notifications.
    private static int Rank(Effect effect) => effect switch
    {
        Effect.Notify => 1,
        Effect.ReportStarted or Effect.ReportStopped => 2,
        _ => 0,
    };

    private void Carry(Effect effect, Func<ClusterSnapshot> snapshot)
    {
        switch (effect)
        {
            case Effect.Start start:
                if (releases.ChangeOf(start.Generation) is { } change)
                {
                    inbox.Post(new Input.ReleaseSeen(start.Generation, change));
                }

                links.Start(start, snapshot());
                break;
            case Effect.Assign assign:
                links.Send(assign.Worker, new Message.Assign(assign.Number, assign.Slots));
                break;
            case Effect.ShortenWarmUp shorten:
                links.Send(shorten.Worker, new Message.ShortenWarmUp(shorten.Extent));
                break;
            case Effect.Drain drain:
                links.Send(drain.Worker, new Message.Drain(drain.Timeout, drain.Spread));
                break;
            case Effect.Finish finish:
                links.Send(finish.Worker, new Message.Finish(finish.Timeout));
                break;
            case Effect.Stop stop:
                links.Send(stop.Worker, new Message.Stop(stop.Timeout));
                break;
            case Effect.Dump dump:
                links.Dump(dump.Worker);
                break;
            case Effect.Kill kill:
                links.Kill(kill.Worker);
                break;
            case Effect.GiveUp giveUp:
                links.GiveUp(giveUp.Worker);
                break;
            case Effect.KeepRelease keep:
                _ = KeepAsync(keep);
                break;
            case Effect.LookAtRelease look:
                inbox.Post(new Input.ReleaseSeen(look.Generation, releases.ChangeOf(look.Generation)));
                break;
            case Effect.ForgetRelease forget:
                releases.Forget(forget.Generation);
                break;
            case Effect.Reserve reserve:
                Reserve(reserve.Slots);
                break;
            case Effect.OfferSockets offer:
                links.Send(offer.Worker, new Message.Sockets(offer.Slots));
                break;
            case Effect.ReserveEndpoint reserve:
                _ = ReserveAsync(reserve);
                break;
            case Effect.KeepEndpoints keep:
                foreach (var place in sockets.Keep(keep.Keys))
                {
                    links.SendAll(new Message.Retire(place));
                }

                break;
            case Effect.RebindFiles:
                if (sockets.Rebind())
                {
                    inbox.Post(new Input.ReloadRequested(null));
                }

                break;
            case Effect.Resize resize:
                sockets.Resize(resize.ListeningSlots, resize.Slots);
                break;
            case Effect.CloseSockets:
                sockets.Close();
                break;
            case Effect.Answer answer:
                reloads.Complete(answer.Request, answer.Result);
                break;
            case Effect.AnswerScale answer:
                scalings.Complete(answer.Request, answer.Result);
                break;
            case Effect.AnswerAbort answer:
                aborts.Complete(answer.Request, answer.HasAborted);
                break;
            case Effect.Notify notify:
                Notify(notify.Event);
                break;
            case Effect.ReportStarted:
                _started.TrySetResult();
                break;
            case Effect.ReportStopped stopped:
                ReportStopped(stopped.Failure);
                break;
        }
    }

    private void Reserve(int slots)
    {
        string? error;
        try
        {
            error = sockets.Reserve(slots);
        }
        catch (Exception e)
        {
            error = e.Message; // Foreseen or not, whoever asked is answered.
        }

        inbox.Post(new Input.Reserved(slots, error));
    }

    private async Task KeepAsync(Effect.KeepRelease keep)
    {
        string? error;
        try
        {
            error = await releases.KeepAsync(keep.Generation);
        }
        catch (Exception e)
        {
            error = e.Message;
        }

        inbox.Post(new Input.ReleaseKept(keep.Generation, error));
    }

    private async Task ReserveAsync(Effect.ReserveEndpoint reserve)
    {
        EndpointAnswer answer;
        try
        {
            answer = await sockets.ReserveAsync(reserve.Key);
        }
        catch (Exception e)
        {
            answer = new EndpointAnswer(null, Error: e.Message);
        }

        if (answer.Address is { } address)
        {
            links.Send(reserve.Worker, new Message.Bound(reserve.Key, address));
        }
        else if (answer.Missing is { } missing)
        {
            links.Send(reserve.Worker, new Message.Failed(reserve.Key, missing));
        }

        inbox.Post(new Input.EndpointReserved(reserve.Worker, answer.Error));
    }

    private void Notify(ClusterEvent clusterEvent)
    {
        reporter.Report(clusterEvent);
        if (events.IsWatched && PublicEvent.From(clusterEvent, time.GetUtcNow(), epoch) is { } reclusterEvent)
        {
            events.Publish(reclusterEvent);
        }
    }

    private void ReportStopped(StartFailure? failure)
    {
        if (failure is not null)
        {
            _started.TrySetException(StartMistake.Of(new ReclusterStartException(failure)));
        }

        End();
    }
}
