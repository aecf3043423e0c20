using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class RecycleTests
{
    [Fact]
    public void That_a_limit_is_too_low_is_said_once_a_generation()
    {
        var cluster = ClusterDriver.Running(3);

        TooLow(cluster, 1);
        TooLow(cluster, 2);
        cluster.ReadyAll();
        TooLow(cluster, cluster.Active(0)!.Value);
        Assert.Equal((0, "MaxMemoryBytes: ..."), Assert.Single(cluster.AllEvents<ClusterEvent.LimitTooLow>()) is var warning
            ? (warning.Worker.Slot, warning.Reason)
            : default);
        Assert.Equal(3, cluster.AllEvents<ClusterEvent.ReplacementRequested>().Length);

        cluster.ReadyAll();
        cluster.ReloadToTheEnd();
        TooLow(cluster, cluster.Active(0)!.Value);
        TooLow(cluster, cluster.Active(1)!.Value);

        Assert.Equal([1, 2], cluster.AllEvents<ClusterEvent.LimitTooLow>().Select(warning => warning.Worker.Generation));
    }

    [Fact]
    public void A_limit_that_was_reached_later_is_no_reason_for_a_warning()
    {
        var cluster = ClusterDriver.Running(1);

        cluster.Do(new Input.ReplacementRequested(1, "MaxMemoryBytes: ..."));

        Assert.Empty(cluster.AllEvents<ClusterEvent.LimitTooLow>());
        Assert.Equal([2L], cluster.Starting);
    }

    private static void TooLow(ClusterDriver cluster, long worker) =>
        cluster.Do(new Input.ReplacementRequested(worker, "MaxMemoryBytes: ...") { IsLimitTooLow = true });
}
