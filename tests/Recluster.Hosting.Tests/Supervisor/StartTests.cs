using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class StartTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(4, 1, 1)]
    [InlineData(4, 3, 3)]
    [InlineData(2, 16, 2)]
    public void The_first_slots_start_at_once_as_many_as_may_start_together(int workers, int maxConcurrentStarts, int expected)
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(workers, maxConcurrentStarts));

        Assert.Equal(Enumerable.Range(0, expected).Select(slot => (slot + 1L, slot, 1)), cluster.Starts);
    }

    [Fact]
    public void Each_worker_that_is_ready_makes_room_for_the_next_start()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(4, maxConcurrentStarts: 2));

        cluster.Ready(1);
        Assert.Equal([(3, 2, 1)], cluster.Starts);
        cluster.Ready(3);
        Assert.Equal([(4, 3, 1)], cluster.Starts);
        cluster.Ready(2);
        Assert.Empty(cluster.Starts);
    }

    [Fact]
    public void A_ready_worker_of_the_first_generation_is_active_at_once_and_covers_the_slots_that_wait()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(2));

        cluster.Ready(1);

        Assert.Equal(ReclusterWorkerPhase.Active, cluster.Phase(1));
        Assert.Equal([0, 1], cluster.Assignment(1));
        cluster.Ready(2);
        Assert.Equal([0], cluster.Assignment(1));
        Assert.Equal([1], cluster.Assignment(2));
    }

    [Fact]
    public void Started_is_reported_only_when_all_slots_are_active_and_all_assignments_confirmed()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(2));
        cluster.Ready(1);
        cluster.Confirm(1);
        cluster.Ready(2);
        cluster.Confirm(2);
        Assert.DoesNotContain(cluster.AllEffects, effect => effect is Effect.ReportStarted);

        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Confirm(1);

        Assert.Single(cluster.Effects.OfType<Effect.ReportStarted>());
        Assert.Equal(ClusterPhase.Running, cluster.State.Phase);
        Assert.Equal(new ClusterEvent.Started(2, TimeSpan.FromSeconds(2)), Assert.Single(cluster.Events<ClusterEvent.Started>()));
    }

    [Fact]
    public void A_confirmation_of_an_older_assignment_does_not_count()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(2));
        cluster.Ready(1);
        var older = cluster.State.Workers[1].AssignmentSent;
        cluster.Ready(2);
        cluster.Confirm(2);

        cluster.Do(new Input.AssignmentConfirmed(1, older));

        Assert.Equal(ClusterPhase.Starting, cluster.State.Phase);
    }

    [Fact]
    public void A_confirmation_of_an_assignment_that_was_never_sent_does_not_count()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));
        cluster.Ready(1);

        cluster.Do(new Input.AssignmentConfirmed(1, long.MaxValue));

        Assert.Equal(ClusterPhase.Starting, cluster.State.Phase);
    }

    [Fact]
    public void A_worker_that_ends_during_the_start_ends_all_and_its_reason_is_reported_when_none_is_left()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(3));
        cluster.Ready(1);
        cluster.Pid(2);

        cluster.Exit(2, ExitStatus.Exited(134), "Unhandled exception.", "   at Program");

        Assert.Equal([1, 3], cluster.Kills);
        Assert.Empty(cluster.Effects.OfType<Effect.ReportStopped>());
        cluster.Exit(1, ExitStatus.Signaled(9));
        cluster.Exit(3, ExitStatus.Signaled(9));
        var failure = Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>()).Failure;
        Assert.Equal("The worker of slot 1 (pid 1001) ended: exit code 134.", failure?.Reason);
        Assert.Equal(["Unhandled exception.", "   at Program"], failure?.ErrorOutput);
        Assert.DoesNotContain(cluster.AllEffects, effect => effect is Effect.ReportStarted);
    }

    [Fact]
    public void When_the_host_has_no_more_time_all_end_and_the_reason_names_what_each_slot_waited_for()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(4, maxConcurrentStarts: 2));
        cluster.Pid(1);
        cluster.Pid(2);
        cluster.Ready(1);
        cluster.Do(new Input.WaitingFor(2, "health checks"));

        cluster.Do(new Input.StartTimedOut(TimeSpan.FromSeconds(30)));

        cluster.Do(new Input.Exited(1, ExitStatus.Signaled(9), []));
        cluster.Do(new Input.Exited(2, ExitStatus.Signaled(9), []));
        cluster.Do(new Input.Exited(3, ExitStatus.Signaled(9), []));
        var failure = Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>()).Failure!;
        Assert.StartsWith("HostOptions.StartupTimeout (00:00:30) is over.", failure.Reason, StringComparison.Ordinal);
        Assert.Contains(
            "slot 0: ready; slot 1: pid 1002 waited for health checks; slot 2: pid 0 had not come to the start of its host (app.Run() in Program.cs); "
            + "slot 3: not started yet (MaxConcurrentStarts is 2). Set StartupTimeout",
            failure.Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void StartupTimeout_says_nothing_once_the_cluster_runs()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(1));

        cluster.Do(new Input.StartTimedOut(TimeSpan.FromSeconds(30)));

        Assert.Equal(ClusterPhase.Running, cluster.State.Phase);
    }

    [Fact]
    public void A_worker_that_cannot_be_started_at_all_ends_the_start_with_the_reason()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));

        cluster.Exit(1, ExitStatus.NotStarted("No such file or directory"));

        var failure = Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>()).Failure;
        Assert.Contains("it could not be started: No such file or directory", failure?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_that_is_not_ready_within_StartTimeout_is_killed_and_its_exit_ends_the_start()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));
        Assert.Equal(cluster.State.Settings.StartTimeout, cluster.NextDeadline);

        cluster.After(cluster.State.Settings.StartTimeout - TimeSpan.FromTicks(1));
        Assert.Empty(cluster.Kills);
        cluster.After(TimeSpan.FromTicks(1));
        Assert.Equal([1], cluster.Kills);
        cluster.Exit(1, ExitStatus.Signaled(9));

        Assert.Contains("StartTimeout", cluster.State.Failure?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_started_in_the_place_of_a_worker_whose_kill_is_about_to_end_the_start()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));

        cluster.After(cluster.State.Settings.StartTimeout);

        Assert.Empty(cluster.Starts);
    }

    [Fact]
    public void A_worker_that_never_confirms_its_assignment_does_not_keep_the_start_waiting_for_ever()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));
        cluster.Ready(1);

        Assert.NotNull(cluster.NextDeadline);
    }

    [Fact]
    public void A_worker_that_asks_to_be_replaced_during_the_start_is_replaced_and_the_start_completes()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));
        cluster.Ready(1);

        cluster.Replace(1);
        cluster.ReadyAll();
        cluster.Exit(1, ExitStatus.Exited(0));

        Assert.Equal(2, cluster.Active(0));
        Assert.Equal(ClusterPhase.Running, cluster.State.Phase);
    }
}
