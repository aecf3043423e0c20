using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class ScaleTests
{
    [Fact]
    public void A_scaling_that_waited_for_a_reload_begins_before_workers_are_started_so_that_none_is_started_and_killed()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);
        cluster.Scale(1, 2);
        cluster.Ready(3);
        cluster.Ready(4);
        cluster.Confirm(1);
        cluster.Crash(4);
        cluster.Confirm(3);

        // At the moment at which slot 1 is due for another worker, the reload ends with the last who had to confirm, and slot 1 with it.
        cluster.Pass(cluster.State.Slots[1].SpawnNotBefore - cluster.Now);
        cluster.Exit(2, ExitStatus.Exited(0));

        Assert.True(cluster.Answer(1)?.Succeeded);
        Assert.Single(cluster.State.Slots);
        Assert.Equal([], cluster.Starts);
        Assert.Equal([], cluster.Kills);
    }

    [Fact]
    public void Scaling_out_makes_the_sockets_listen_and_starts_the_new_slots_and_answers_when_all_of_them_serve()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.Scale(4, 1);
        Assert.Equal([new Effect.Resize(4, 4)], cluster.Effects.OfType<Effect.Resize>());
        Assert.Equal(new ClusterEvent.Scaled(4, 2), Assert.Single(cluster.Events<ClusterEvent.Scaled>()));
        Assert.Equal([(3, 2, 1), (4, 3, 1)], cluster.Starts);
        Assert.Equal([0, 1, 2, 3], cluster.Assignment(1).Concat(cluster.Assignment(2)).Order());
        cluster.Ready(3);
        cluster.ConfirmAll();
        Assert.Null(cluster.ScaleAnswer(1));
        cluster.Ready(4);
        Assert.Null(cluster.ScaleAnswer(1));
        cluster.ConfirmAll();

        Assert.Equal(new ScaleResult { Status = ScaleStatus.Succeeded, Workers = 4 }, cluster.ScaleAnswer(1));
        Assert.Equal([[0], [1], [2], [3]], new long[] { 1, 2, 3, 4 }.Select(cluster.Assignment));
    }

    [Fact]
    public void Scaling_in_drains_the_highest_slots_and_answers_when_their_sockets_are_served_by_the_others()
    {
        var cluster = ClusterDriver.Running(4);

        cluster.Scale(2, 1);

        Assert.Equal([new Effect.Resize(4, 2)], cluster.Effects.OfType<Effect.Resize>());
        Assert.Equal([3L, 4L], cluster.Of(ReclusterWorkerPhase.Draining));
        Assert.Equal([3L, 4L], cluster.Effects.OfType<Effect.Drain>().Select(drain => drain.Worker));
        Assert.Null(cluster.ScaleAnswer(1));
        cluster.ConfirmAll();
        Assert.Equal((ScaleStatus.Succeeded, 2), (cluster.ScaleAnswer(1)!.Status, cluster.ScaleAnswer(1)!.Workers));
        Assert.Equal([0, 1, 2, 3], cluster.Assignment(1).Concat(cluster.Assignment(2)).Order());
    }

    [Fact]
    public void The_sockets_of_removed_slots_are_a_siblings_for_ever()
    {
        var cluster = ClusterDriver.Running(3);
        cluster.Scale(1);
        cluster.ConfirmAll();
        cluster.Exit(2, ExitStatus.Exited(0));
        cluster.Exit(3, ExitStatus.Exited(0));
        Assert.Empty(cluster.Starts);
        Assert.Equal([0, 1, 2], cluster.Assignment(1));

        cluster.ReloadToTheEnd();
        Assert.Equal([0, 1, 2], cluster.Assignment(cluster.Active(0)!.Value));
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Crash(cluster.Active(0)!.Value);
        cluster.ReadyAll();

        Assert.Equal([0, 1, 2], cluster.Assignment(cluster.Active(0)!.Value));
    }

    [Fact]
    public void A_slot_that_comes_back_takes_its_socket_back_and_no_further_one_has_to_listen()
    {
        var cluster = ClusterDriver.Running(3);
        cluster.Scale(1);
        cluster.ConfirmAll();

        cluster.Scale(2);
        Assert.Equal([new Effect.Resize(3, 2)], cluster.Effects.OfType<Effect.Resize>());
        cluster.ReadyAll();

        Assert.Equal([1], cluster.Assignment(cluster.Active(1)!.Value).Where(slot => slot < 2));
        Assert.Equal([0, 1, 2], cluster.Assignment(1).Concat(cluster.Assignment(cluster.Active(1)!.Value)).Order());
    }

    [Fact]
    public void A_new_slot_starts_in_the_generation_that_serves()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.ReloadToTheEnd();

        cluster.Scale(2);

        Assert.Equal([(3, 1, 2)], cluster.Starts);
    }

    [Fact]
    public void No_more_start_at_once_than_may()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(1, maxConcurrentStarts: 2));

        cluster.Scale(5, 1);
        Assert.Equal([2L, 3L], cluster.Starting);
        cluster.ReadyAll();

        Assert.True(cluster.ScaleAnswer(1)?.Succeeded);
    }

    [Fact]
    public void The_number_that_there_is_succeeds_at_once_and_changes_nothing()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.Scale(2, 1);

        Assert.True(cluster.ScaleAnswer(1)?.Succeeded);
        Assert.IsType<Effect.AnswerScale>(Assert.Single(cluster.Effects));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(7)]
    public void A_number_out_of_range_is_refused_and_changes_nothing(int workers)
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { MaxWorkers = 6 });

        cluster.Scale(workers, 1);

        Assert.Equal(
            new ScaleResult
            {
                Status = ScaleStatus.Refused,
                Workers = 2,
                Reason = $"{workers} workers are out of range: from 1 to MaxWorkers = 6.",
            },
            cluster.ScaleAnswer(1));
        Assert.IsType<Effect.AnswerScale>(Assert.Single(cluster.Effects));
    }

    [Fact]
    public void Signals_count_from_the_number_that_is_wanted_and_stop_at_the_limits()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(1) with { MaxWorkers = 3 });
        cluster.Reload();

        cluster.ScaleBy(1);
        cluster.ScaleBy(1);
        cluster.ScaleBy(1);
        cluster.ReadyAll();
        cluster.ReadyAll();
        Assert.Equal(3, cluster.State.Slots.Length);
        foreach (var _ in Enumerable.Range(0, 4))
        {
            cluster.ScaleBy(-1);
        }

        Assert.Single(cluster.State.Slots);
        Assert.Empty(cluster.AllEffects.OfType<Effect.AnswerScale>());
    }

    [Fact]
    public void During_a_reload_it_waits_for_the_end_and_the_latest_wish_counts_for_all_who_wait()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);

        cluster.Scale(5, 1);
        cluster.Scale(3, 2);
        Assert.Empty(cluster.Effects);
        cluster.ReadyAll();
        cluster.ReadyAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
        Assert.Equal([3, 3], [cluster.ScaleAnswer(1)!.Workers, cluster.ScaleAnswer(2)!.Workers]);
        Assert.Equal(2, cluster.State.Workers[cluster.Active(2)!.Value].Generation);
    }

    [Fact]
    public void After_a_reload_that_is_rolled_back_it_begins_as_well()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload();
        cluster.Scale(2, 1);

        cluster.Crash(2);
        cluster.ReadyAll();

        Assert.True(cluster.ScaleAnswer(1)?.Succeeded);
        Assert.All(cluster.State.Workers.Values, worker => Assert.Equal(1, worker.Generation));
    }

    [Fact]
    public void During_the_start_it_waits_for_the_end_of_that()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));

        cluster.Scale(2, 1);
        Assert.Empty(cluster.Effects);
        cluster.ReadyAll();
        Assert.Equal(2, cluster.State.Slots.Length);
        cluster.ReadyAll();

        Assert.True(cluster.ScaleAnswer(1)?.Succeeded);
    }

    [Fact]
    public void A_reload_asked_for_during_a_scaling_reloads_the_new_slots_too()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Scale(2, 1);

        cluster.Reload(1);
        cluster.ReadyAll();

        Assert.True(cluster.Answer(1)?.Succeeded);
        Assert.True(cluster.ScaleAnswer(1)?.Succeeded);
        Assert.Equal([2, 2], cluster.SlotGenerations);
    }

    [Fact]
    public void A_new_slot_whose_worker_dies_before_it_is_ready_is_answered_with_the_reason_and_tried_again()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Scale(2, 1);
        cluster.Pid(2);

        cluster.Exit(2, ExitStatus.Exited(3), "no memory");

        Assert.Equal(
            (ScaleStatus.Failed, 2, "The new worker of slot 1 (pid 1002) ended: exit code 3."),
            (cluster.ScaleAnswer(1)!.Status, cluster.ScaleAnswer(1)!.Workers, cluster.ScaleAnswer(1)!.Reason));
        Assert.Equal([0, 1], cluster.Assignment(1));
        cluster.After(TimeSpan.FromSeconds(1));
        Assert.Equal([(3, 1, 1)], cluster.Starts);
        cluster.ReadyAll();
        Assert.Equal([1], cluster.Assignment(3));
    }

    [Fact]
    public void A_new_slot_whose_worker_is_not_ready_in_time_fails_as_well()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Scale(2, 1);

        cluster.After(cluster.State.Settings.StartTimeout);
        Assert.Equal([2], cluster.Kills);
        cluster.Exit(2, ExitStatus.Signaled(9));

        Assert.Equal(ScaleStatus.Failed, cluster.ScaleAnswer(1)?.Status);
        Assert.Contains("StartTimeout", cluster.ScaleAnswer(1)?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wish_for_more_while_new_slots_start_does_not_hide_that_one_of_them_fails()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Scale(4, 1);
        cluster.Scale(5, 2);
        cluster.Ready(3);
        cluster.ConfirmAll();

        cluster.Exit(4, ExitStatus.Exited(3));

        Assert.Equal([ScaleStatus.Failed, ScaleStatus.Failed], [cluster.ScaleAnswer(1)?.Status, cluster.ScaleAnswer(2)?.Status]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_slot_whose_workers_die_again_and_again_when_they_are_ready_ends_the_waiting(int slot)
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { StartTimeout = TimeSpan.FromSeconds(5) });
        cluster.Scale(3, 1);

        for (var death = 0; death < 100 && cluster.ScaleAnswer(1) is null; death++)
        {
            if (cluster.Active(slot) is { } active)
            {
                cluster.Crash(active);
            }

            if (cluster.NextDeadline is { } next)
            {
                cluster.After(next - cluster.Now);
            }

            foreach (var starting in cluster.Starting)
            {
                cluster.Ready(starting);
            }
        }

        Assert.Equal(
            (ScaleStatus.Failed, 3, $"Slot {slot} has no worker that serves after 00:00:10. It is tried again, with a delay between the tries."),
            (cluster.ScaleAnswer(1)?.Status, cluster.ScaleAnswer(1)?.Workers, cluster.ScaleAnswer(1)?.Reason));
    }

    [Fact]
    public void A_slot_that_is_removed_while_its_worker_starts_is_given_up_without_a_word()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Scale(2, 1);

        cluster.Scale(1, 2);
        Assert.Equal([2], cluster.Kills);
        cluster.ConfirmAll();
        cluster.Exit(2, ExitStatus.Signaled(9));

        Assert.Equal([ScaleStatus.Succeeded, ScaleStatus.Succeeded], [cluster.ScaleAnswer(1)!.Status, cluster.ScaleAnswer(2)!.Status]);
        Assert.True(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Expected);
        Assert.Empty(cluster.Starts);
        Assert.Equal([0, 1], cluster.Assignment(1));
    }

    [Fact]
    public void A_slot_comes_back_while_its_last_worker_still_drains()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Scale(1);
        cluster.ConfirmAll();

        cluster.Scale(2, 1);
        cluster.ReadyAll();
        Assert.True(cluster.ScaleAnswer(1)?.Succeeded);
        cluster.Exit(2, ExitStatus.Exited(0));

        Assert.Empty(cluster.Starts);
        Assert.Equal(3, cluster.Active(1));
    }

    [Fact]
    public void A_worker_of_a_removed_slot_that_does_not_end_is_killed_after_DrainTimeout()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { DrainTimeout = TimeSpan.FromSeconds(5) });
        cluster.Scale(1);

        cluster.After(TimeSpan.FromSeconds(5) + cluster.State.Settings.KillGrace);

        Assert.Equal([2], cluster.Kills);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void When_the_cluster_ends_the_running_and_the_queued_requests_are_answered_at_once_and_later_ones_refused(bool terminate)
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Scale(2, 1);
        cluster.Reload();
        cluster.Scale(3, 2);

        _ = terminate ? cluster.Terminate() : cluster.Stop(TimeSpan.FromSeconds(30));
        cluster.Scale(4, 3);

        Assert.Equal(
            Enumerable.Repeat(ScaleStatus.Stopping, 3), new long[] { 1, 2, 3 }.Select(request => cluster.ScaleAnswer(request)!.Status));
    }
}
