using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Which releases are needed, and what follows when the files of one are changed in place.</summary>
public class ReleaseTests
{
    [Fact]
    public void The_old_release_is_forgotten_when_the_last_old_worker_has_ended()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.ReloadToTheEndOfSwitching();
        cluster.Exit(1, ExitStatus.Exited(0));
        Assert.Empty(Forgotten(cluster));

        cluster.Exit(2, ExitStatus.Exited(0));

        Assert.Equal([1], Forgotten(cluster));
    }

    [Fact]
    public void That_of_a_reload_that_was_rolled_back_is_forgotten_and_the_old_one_is_kept()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload();

        cluster.Crash(3);

        Assert.Equal([2], Forgotten(cluster));
        Assert.Equal([1], cluster.State.Releases);
    }

    [Fact]
    public void The_one_that_serves_is_kept_while_it_has_no_process()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Crash(1);

        cluster.Crash(2);

        Assert.Empty(Forgotten(cluster));
        Assert.Equal([1], cluster.State.Releases);
    }

    [Fact]
    public void After_a_roll_that_was_halted_both_are_kept()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { MaxSurge = 1 });
        cluster.Reload();
        cluster.Pid(3);
        cluster.Ready(3);
        cluster.ConfirmAll();
        cluster.Exit(1, ExitStatus.Exited(0));

        cluster.Crash(cluster.Starting.Single());

        Assert.Equal([2, 1], cluster.SlotGenerations);
        Assert.Equal([1, 2], cluster.State.Releases);
    }

    [Fact]
    public void A_worker_that_reaches_a_limit_is_replaced_when_its_release_has_been_looked_at_and_is_unchanged()
    {
        var cluster = ClusterDriver.Running(2);

        ReachLimit(cluster, 1);
        Assert.Equal([new Effect.LookAtRelease(1)], cluster.Effects);
        See(cluster, 1, null);

        Assert.Equal([(3L, 0, 1)], cluster.Starts);
        Assert.Equal("MaxAge: ...", Assert.Single(cluster.Events<ClusterEvent.ReplacementRequested>()).Reason);
        Assert.Empty(cluster.AllEvents<ClusterEvent.LimitTooLow>());
    }

    [Fact]
    public void Where_the_files_have_changed_it_stays_and_that_is_said_once()
    {
        var cluster = ClusterDriver.Running(2);

        ReachLimit(cluster, 1);
        See(cluster, 1, "App.dll");
        ReachLimit(cluster, 2);
        See(cluster, 1, "App.dll");

        Assert.Empty(cluster.Starting);
        Assert.Empty(cluster.AllEvents<ClusterEvent.ReplacementRequested>());
        Assert.Equal([new ClusterEvent.ReleaseChanged(1, "App.dll")], cluster.AllEvents<ClusterEvent.ReleaseChanged>());
        Assert.Equal("App.dll", cluster.State.ServingChange);
    }

    [Fact]
    public void Workers_that_wait_to_be_recycled_when_the_first_successor_meets_the_change_stay()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(3) with { MaxConcurrentStarts = 1 });
        cluster.ReadyAll();
        foreach (var worker in (long[])[1, 2, 3])
        {
            ReachLimit(cluster, worker);
            See(cluster, 1, null);
        }

        Assert.Equal([4L], cluster.Starting);
        See(cluster, 1, "App.dll");
        cluster.ReadyAll();

        Assert.Equal([4L, 2L, 3L], Enumerable.Range(0, 3).Select(slot => cluster.Active(slot)!.Value));
        Assert.Empty(cluster.Starting);
    }

    [Fact]
    public void Dead_unheard_and_unwilling_workers_are_replaced_all_the_same_and_their_successors_are_marked()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(3) with { RespawnDelay = TimeSpan.Zero });
        See(cluster, 1, "App.dll");

        cluster.Crash(1);
        cluster.Replace(2);
        cluster.ReadyAll();

        var marked = cluster.State.Workers.Values.Where(worker => worker.RunsChangedFiles).Select(worker => worker.Id);
        Assert.Equal(cluster.AllEvents<ClusterEvent.ChangedFilesRun>().Select(e => e.Worker.Id), marked);
        Assert.Equal([cluster.Active(0)!.Value, cluster.Active(1)!.Value], marked);
    }

    [Fact]
    public void A_reload_that_succeeds_ends_it_and_one_that_is_rolled_back_does_not()
    {
        var cluster = ClusterDriver.Running(2);
        See(cluster, 1, "App.dll");

        cluster.Reload();
        cluster.Crash(cluster.Starting[0]);
        Assert.Equal("App.dll", cluster.State.ServingChange);
        cluster.ReloadToTheEnd();

        Assert.Null(cluster.State.ServingChange);
        Assert.Empty(cluster.State.ChangedReleases);
        ReachLimit(cluster, cluster.Active(0)!.Value);
        See(cluster, cluster.State.Generation, null);
        Assert.Single(cluster.Starting);
    }

    [Fact]
    public void After_a_roll_back_the_release_that_serves_is_looked_at()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload();

        cluster.Crash(3);

        Assert.Equal([new Effect.LookAtRelease(1)], cluster.Effects.OfType<Effect.LookAtRelease>());
    }

    [Fact]
    public void A_look_that_fails_counts_as_unchanged()
    {
        var cluster = ClusterDriver.Running(1);
        ReachLimit(cluster, 1);

        cluster.Do(new Input.EffectFailed(new Effect.LookAtRelease(1), "no more memory"));

        Assert.Equal([2L], cluster.Starting);
    }

    [Fact]
    public void What_is_said_of_a_generation_that_is_gone_is_dropped()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.ReloadToTheEnd();

        See(cluster, 1, "App.dll");

        Assert.Empty(cluster.State.ChangedReleases);
        Assert.Empty(cluster.AllEvents<ClusterEvent.ReleaseChanged>());
    }

    private static void ReachLimit(ClusterDriver cluster, long worker) => cluster.Do(new Input.LimitReached(worker, "MaxAge: ...", IsTooLow: false));

    private static void See(ClusterDriver cluster, int generation, string? change) => cluster.Do(new Input.ReleaseSeen(generation, change));

    private static int[] Forgotten(ClusterDriver cluster) => [.. cluster.AllEffects.OfType<Effect.ForgetRelease>().Select(forget => forget.Generation)];
}
