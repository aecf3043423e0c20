using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Scaling out takes sockets that there are none of yet: they are opened, then taken by every worker, and only then do they listen.</summary>
public class ScaleSocketsTests
{
    private const string Reason = "the limit of open files is reached";

    private readonly ClusterDriver _cluster = ClusterDriver.Running(2);

    public ScaleSocketsTests() => _cluster.OpensSockets = false;

    [Fact]
    public void They_are_opened_then_offered_to_every_worker_and_listen_when_all_have_them()
    {
        _cluster.Scale(4, 1);
        Assert.Equal([new Effect.Reserve(4)], _cluster.Effects);

        _cluster.Do(new Input.Reserved(4));
        Assert.Equal([new Effect.OfferSockets(1, 4), new Effect.OfferSockets(2, 4)], _cluster.Effects);

        _cluster.Do(new Input.SocketsTaken(1, 4));
        Assert.Empty(_cluster.Effects);
        Assert.Equal(2, _cluster.State.ListeningSlots);

        _cluster.Do(new Input.SocketsTaken(2, 4));
        Assert.Equal([new Effect.Resize(4, 4)], _cluster.Effects.OfType<Effect.Resize>());
        Assert.Equal([(3, 2, 1), (4, 3, 1)], _cluster.Starts);
        _cluster.ReadyAll();
        Assert.True(_cluster.ScaleAnswer(1)?.Succeeded);
    }

    [Fact]
    public void What_has_been_opened_once_is_not_opened_again()
    {
        _cluster.OpensSockets = true;
        _cluster.Scale(4);
        _cluster.ReadyAll();
        _cluster.Scale(2);
        _cluster.ConfirmAll();

        _cluster.Scale(4);

        Assert.Single(_cluster.AllEffects.OfType<Effect.Reserve>());
        Assert.Equal(4, _cluster.State.Slots.Length);
    }

    [Fact]
    public void If_they_cannot_be_opened_the_answer_says_why_and_nothing_has_changed()
    {
        _cluster.Scale(4, 1);
        _cluster.Do(new Input.Reserved(4, Reason));

        Assert.Equal(new ScaleResult { Status = ScaleStatus.Failed, Workers = 2, Reason = Reason }, _cluster.ScaleAnswer(1));
        Assert.Equal(new ClusterEvent.ScaleFailed(4, 2, Reason), Assert.Single(_cluster.Events<ClusterEvent.ScaleFailed>()));
        Assert.Equal((2, 2, 2), (_cluster.State.Slots.Length, _cluster.State.ListeningSlots, _cluster.State.ReservedSlots));
        Assert.Empty(_cluster.AllEffects.OfType<Effect.Resize>());

        // The next wish tries again.
        _cluster.Scale(3, 2);
        Assert.Equal([new Effect.Reserve(3)], _cluster.Effects);
    }

    [Fact]
    public void A_worker_that_cannot_take_them_is_the_reason()
    {
        _cluster.Pid(2);
        _cluster.Scale(4, 1);
        _cluster.Do(new Input.Reserved(4));
        _cluster.Do(new Input.SocketsTaken(1, 4));

        _cluster.Do(new Input.SocketsRefused(2, Reason));

        Assert.Equal(
            new ScaleResult
            {
                Status = ScaleStatus.Failed,
                Workers = 2,
                Reason = $"The worker of slot 1 (pid {_cluster.State.Workers[2].ProcessId}) cannot take the new sockets: {Reason}",
            },
            _cluster.ScaleAnswer(1));
        Assert.Single(_cluster.Events<ClusterEvent.SocketsRefused>());
        Assert.Empty(_cluster.AllEffects.OfType<Effect.Resize>());
    }

    [Fact]
    public void A_worker_that_does_not_answer_is_waited_for_so_long_and_then_is_the_reason()
    {
        _cluster.Scale(4, 1);
        _cluster.Do(new Input.Reserved(4));
        _cluster.Do(new Input.SocketsTaken(2, 4));
        Assert.Equal(_cluster.Now + _cluster.State.Settings.SocketsTimeout, _cluster.NextDeadline);

        _cluster.After(_cluster.State.Settings.SocketsTimeout);

        Assert.Equal(ScaleStatus.Failed, _cluster.ScaleAnswer(1)?.Status);
        Assert.StartsWith("The worker of slot 0", _cluster.ScaleAnswer(1)!.Reason, StringComparison.Ordinal);
        Assert.Equal(2, _cluster.State.ListeningSlots);

        // It answers late: the next wish need not wait.
        _cluster.Do(new Input.SocketsTaken(1, 4));
        _cluster.Scale(4, 2);
        Assert.Equal([new Effect.Resize(4, 4)], _cluster.Effects.OfType<Effect.Resize>());
    }

    [Fact]
    public void A_worker_that_is_not_heard_of_is_not_waited_for_and_is_given_no_slot_that_it_does_not_have()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { HeartbeatTimeout = TimeSpan.FromSeconds(10) });
        cluster.OpensSockets = false;
        cluster.Pass(TimeSpan.FromSeconds(6));
        cluster.Beat(1);
        Assert.Equal([0, 1], cluster.Assignment(1));

        cluster.Scale(3, 1);
        cluster.Do(new Input.Reserved(3));
        cluster.Do(new Input.SocketsTaken(1, 3));
        Assert.Equal(3, cluster.State.ListeningSlots);
        cluster.Beat(2);
        cluster.ConfirmAll();

        Assert.Equal([0, 2], cluster.Assignment(1));
        Assert.Equal([1], cluster.Assignment(2));
    }

    [Fact]
    public void A_worker_that_is_being_started_takes_them_before_it_is_assigned_anything_and_is_not_waited_for()
    {
        _cluster.Crash(2);
        _cluster.After(TimeSpan.FromSeconds(2));
        var starting = Assert.Single(_cluster.Starting);
        _cluster.Scale(3);

        _cluster.Do(new Input.Reserved(3));
        Assert.Equal([1, starting], _cluster.Effects.OfType<Effect.OfferSockets>().Select(offer => offer.Worker));
        _cluster.Do(new Input.SocketsTaken(1, 3));

        Assert.Equal(3, _cluster.State.ListeningSlots);
    }

    [Fact]
    public void A_draining_worker_needs_none()
    {
        _cluster.ReloadToTheEndOfSwitching();
        _cluster.Scale(3);

        _cluster.Do(new Input.Reserved(3));

        Assert.Equal([3L, 4L], _cluster.Effects.OfType<Effect.OfferSockets>().Select(offer => offer.Worker));
    }
}
