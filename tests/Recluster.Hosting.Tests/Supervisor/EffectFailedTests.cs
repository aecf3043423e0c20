using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class EffectFailedTests
{
    [Fact]
    public void A_start_that_failed_is_an_exit_and_the_slot_gets_another_worker()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Crash(2);
        var start = Assert.Single(cluster.Effects.OfType<Effect.Start>());

        cluster.Do(new Input.EffectFailed(start, "no more processes"));

        Assert.Contains("no more processes", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause, StringComparison.Ordinal);
        cluster.After(cluster.State.Settings.MaxRespawnDelay);
        Assert.Equal(1, Assert.Single(cluster.Starts).Slot);
    }

    [Fact]
    public void A_kill_that_failed_is_repeated()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Terminate();
        var kill = Assert.Single(cluster.Effects.OfType<Effect.Kill>());

        cluster.Do(new Input.EffectFailed(kill, "a defect"));

        Assert.Empty(cluster.Kills);
        cluster.After(cluster.State.Settings.KillInterval);
        Assert.Equal([1], cluster.Kills);
    }

    [Fact]
    public void A_worker_that_cannot_be_told_its_assignment_is_replaced()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Crash(2);
        var assign = Assert.Single(cluster.Effects.OfType<Effect.Assign>());

        cluster.Do(new Input.EffectFailed(assign, "a defect"));
        cluster.After(cluster.State.Settings.KillGrace);

        Assert.Equal([1], cluster.Kills);
    }
}
