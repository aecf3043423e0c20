using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class DrainingGenerationTests
{
    [Fact]
    public void When_one_generation_too_many_drains_the_oldest_is_told_to_finish()
    {
        var cluster = Running(2, max: 2);
        Reload(cluster);
        Reload(cluster);
        Assert.Empty(cluster.AllEffects.OfType<Effect.Finish>());

        Reload(cluster);

        Assert.Equal(
            [new Effect.Finish(1, TimeSpan.FromSeconds(10)), new Effect.Finish(2, TimeSpan.FromSeconds(10))],
            cluster.AllEffects.OfType<Effect.Finish>());
        Assert.Equal(new ClusterEvent.GenerationTooMany(1, "0, 1"), Assert.Single(cluster.AllEvents<ClusterEvent.GenerationTooMany>()));
    }

    [Fact]
    public void It_is_killed_if_it_does_not_finish()
    {
        var cluster = Running(1, max: 1);
        Reload(cluster);
        Reload(cluster);
        Assert.Equal(cluster.Now + TimeSpan.FromSeconds(10) + cluster.State.Settings.KillGrace, cluster.NextDeadline);

        cluster.After(TimeSpan.FromSeconds(10) + cluster.State.Settings.KillGrace);

        Assert.Equal([1], cluster.Kills);
        cluster.Exit(1, ExitStatus.Signaled(9));
        Assert.True(Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Expected);
        Assert.Equal([2L], cluster.Of(ReclusterWorkerPhase.Draining));
    }

    [Fact]
    public void A_DrainTimeout_that_ends_earlier_stays_in_force()
    {
        var cluster = ClusterDriver.Running(
            ClusterDriver.Settings(1) with { MaxDrainingGenerations = 1, DrainTimeout = TimeSpan.FromSeconds(3) });
        Reload(cluster);
        var deadline = cluster.State.Workers[1].Deadline;
        Reload(cluster);

        Assert.Equal(deadline, cluster.State.Workers[1].Deadline);
    }

    [Fact]
    public void It_is_told_once()
    {
        var cluster = Running(1, max: 1);
        Reload(cluster);
        Reload(cluster);
        Reload(cluster);
        cluster.Tick();

        Assert.Equal([1L, 2L], cluster.AllEffects.OfType<Effect.Finish>().Select(finish => finish.Worker));
    }

    [Fact]
    public void A_generation_that_has_gone_makes_room_for_the_next()
    {
        var cluster = Running(1, max: 2);
        Reload(cluster);
        Reload(cluster);
        cluster.Exit(1, ExitStatus.Exited(0));

        Reload(cluster);

        Assert.Empty(cluster.AllEffects.OfType<Effect.Finish>());
    }

    [Fact]
    public void Those_of_the_serving_generation_that_drain_count_slot_by_slot()
    {
        var cluster = Running(2, max: 2);
        for (var i = 0; i < 3; i++)
        {
            cluster.Replace(cluster.Active(0)!.Value);
            cluster.ReadyAll();
        }

        cluster.Replace(cluster.Active(1)!.Value);
        cluster.ReadyAll();

        Assert.Equal([1L], cluster.AllEffects.OfType<Effect.Finish>().Select(finish => finish.Worker));
        cluster.After(TimeSpan.FromSeconds(12));
        Assert.Equal([1L], cluster.Kills);
    }

    [Fact]
    public void Old_workers_do_not_pile_up_while_every_roll_halts()
    {
        var cluster = ClusterDriver.Running(ClusterDriver.Settings(2) with { MaxSurge = 1, MaxDrainingGenerations = 1 });
        for (var i = 0; i < 3; i++)
        {
            cluster.Reload();
            cluster.Ready(cluster.Starting.Single());
            cluster.Crash(cluster.Starting.Single());
        }

        Assert.Equal(3, cluster.AllEvents<ClusterEvent.ReloadHalted>().Length);
        Assert.Equal(2, cluster.AllEffects.OfType<Effect.Finish>().Count());
    }

    [Fact]
    public void A_worker_that_was_rolled_back_takes_nobodys_place()
    {
        var cluster = Running(2, max: 1);
        Reload(cluster);
        cluster.Reload();
        var standby = cluster.Starting[0];
        cluster.Ready(standby);
        cluster.Crash(cluster.Starting.Single());

        Assert.Equal(ReclusterWorkerPhase.Draining, cluster.Phase(standby));
        Assert.Empty(cluster.AllEffects.OfType<Effect.Finish>());
    }

    private static ClusterDriver Running(int workers, int max) =>
        ClusterDriver.Running(ClusterDriver.Settings(workers) with { MaxDrainingGenerations = max });

    /// <summary>A reload whose old workers go on draining.</summary>
    private static void Reload(ClusterDriver cluster)
    {
        cluster.Reload();
        cluster.ReadyAll();
    }
}
