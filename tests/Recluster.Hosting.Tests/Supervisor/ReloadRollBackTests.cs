using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class ReloadRollBackTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_canary_that_exits_rolls_the_reload_back_with_its_reason_and_error_output()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(7);
        cluster.Pid(3);
        cluster.Pass(Second);

        cluster.Exit(3, ExitStatus.Exited(134), "Unhandled exception.", "   at Program");

        const string Reason = "The new worker of slot 0 (pid 1003) ended: exit code 134.";
        Assert.Equivalent(
            new ReloadResult
            {
                Status = ReloadStatus.RolledBack,
                Generation = 1,
                Duration = Second,
                Reason = Reason,
                ErrorOutput = ["Unhandled exception.", "   at Program"],
            },
            cluster.Answer(7));
        var rolledBack = Assert.Single(cluster.Events<ClusterEvent.ReloadRolledBack>());
        Assert.Equal((2, 1, Reason), (rolledBack.Generation, rolledBack.Serving, rolledBack.Reason));
        Assert.Equal(["Unhandled exception.", "   at Program"], rolledBack.ErrorOutput);
    }

    [Fact]
    public void The_old_generation_never_notices_a_reload_that_is_rolled_back()
    {
        var cluster = ClusterDriver.Running(2);
        var before = cluster.State.Workers;
        cluster.Reload(7);

        cluster.Crash(3);

        Assert.Equal(before.Values, cluster.State.Workers.Values);
        Assert.Empty(cluster.Starts);
        Assert.Null(cluster.NextDeadline);
    }

    [Fact]
    public void A_new_worker_that_is_not_ready_within_StartTimeout_is_killed_and_its_exit_rolls_back()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(7);

        cluster.After(cluster.State.Settings.StartTimeout);
        Assert.Equal([2], cluster.Kills);
        Assert.Empty(cluster.Starts);
        cluster.Ready(2);
        cluster.Exit(2, ExitStatus.Signaled(9));

        Assert.Contains("StartTimeout", cluster.Answer(7)?.Reason, StringComparison.Ordinal);
        Assert.Equal(ReloadStatus.RolledBack, cluster.Answer(7)?.Status);
    }

    [Fact]
    public void A_new_worker_that_cannot_be_started_rolls_back_with_the_error()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(7);

        cluster.Exit(2, ExitStatus.NotStarted("'/app' is not an executable file"));

        Assert.Contains("'/app' is not an executable file", cluster.Answer(7)?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_worker_that_loses_its_channel_is_killed_and_its_exit_rolls_back()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(7);
        cluster.Ready(3);

        cluster.LoseChannel(3);
        cluster.After(cluster.State.Settings.KillGrace);
        Assert.Equal(new Effect.Kill(3), Assert.Single(cluster.AllEffects.OfType<Effect.Kill>()));
        cluster.Exit(3, ExitStatus.Signaled(9));

        Assert.Equal(ReloadStatus.RolledBack, cluster.Answer(7)?.Status);
    }

    [Fact]
    public void A_roll_back_kills_the_starting_and_drains_the_ready_ones_at_once()
    {
        var cluster = ClusterDriver.Running(3);
        cluster.Reload(7);
        cluster.Ready(4);
        Assert.Equal([5, 6], cluster.Starting);

        cluster.Crash(5);

        Assert.Equal([6], cluster.Kills);
        Assert.Equal(new Effect.Drain(4, TimeSpan.Zero, TimeSpan.Zero), Assert.Single(cluster.Effects.OfType<Effect.Drain>()));
        Assert.Equal([1, 2, 3], cluster.Of(ReclusterWorkerPhase.Active));
        cluster.Exit(4, ExitStatus.Exited(0));
        cluster.Exit(6, ExitStatus.Signaled(9));
        Assert.All(cluster.AllEvents<ClusterEvent.WorkerExited>().TakeLast(2), exited => Assert.True(exited.Expected));
        Assert.Equal(3, cluster.State.Workers.Count);
    }

    [Fact]
    public void A_rolled_back_ready_worker_is_killed_when_its_host_has_had_its_ShutdownTimeout()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(7);
        cluster.Ready(3);
        cluster.Crash(4);

        cluster.After(cluster.State.Settings.ShutdownTimeout);
        Assert.Empty(cluster.Kills);
        cluster.After(cluster.State.Settings.KillGrace);
        Assert.Equal([3], cluster.Kills);
        cluster.Exit(3, ExitStatus.Signaled(9));

        var exited = Assert.Single(cluster.Events<ClusterEvent.WorkerExited>());
        Assert.Contains("rolled back", exited.Cause, StringComparison.Ordinal);
        Assert.True(exited is { Expected: true, IsCutShort: true, RespawnIn: null });
    }

    [Fact]
    public void When_several_new_workers_time_out_together_the_first_exit_rolls_back_and_the_others_leave_no_trace()
    {
        var cluster = ClusterDriver.Running(3);
        cluster.Reload(7);
        cluster.Ready(4);
        cluster.After(cluster.State.Settings.StartTimeout);
        Assert.Equal([5, 6], cluster.Kills);

        cluster.Exit(5, ExitStatus.Signaled(9));
        var slots = cluster.State.Slots;
        cluster.Exit(6, ExitStatus.Signaled(9));

        Assert.Equal(slots, cluster.State.Slots);
        Assert.Single(cluster.AllEvents<ClusterEvent.ReloadRolledBack>());
    }

    [Fact]
    public void The_generation_number_of_a_rolled_back_reload_is_not_used_again()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.Crash(2);

        cluster.ReloadToTheEnd(2);

        Assert.Equal(1, cluster.Answer(1)?.Generation);
        Assert.Equal(3, cluster.Answer(2)?.Generation);
    }

    [Fact]
    public void After_a_roll_back_the_slots_that_died_meanwhile_are_respawned_in_the_old_generation()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(10 * Second);
        cluster.Reload(7);
        cluster.Crash(2);
        Assert.Empty(cluster.Starts);

        cluster.Crash(3);
        cluster.After(Second);

        Assert.Equal(1, cluster.State.Workers[cluster.Starting.Single()].Generation);
        cluster.ReadyAll();
        Assert.NotNull(cluster.Active(1));
    }

    [Fact]
    public void A_late_exit_of_a_rolled_back_worker_does_not_roll_back_the_next_reload()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload(1);
        cluster.Ready(3);
        cluster.Crash(4);
        cluster.Reload(2);

        cluster.Exit(3, ExitStatus.Exited(0));
        cluster.ReadyAll();

        Assert.True(cluster.Answer(2)?.Succeeded);
    }
}
