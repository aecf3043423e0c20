using Recluster.Diagnostics;
using Recluster.Supervisor;

namespace Recluster.Hosting.Tests;

/// <summary>Whoever watches events gets data, and need not read it out of a text.</summary>
public class PublicEventTests
{
    private static readonly WorkerState Worker = new() { Id = 1, Slot = 2, Generation = 3, StartedAt = TimeSpan.Zero };

    [Fact]
    public void The_end_of_a_worker_has_its_exit_code_or_signal_and_whether_it_was_meant_to_go()
    {
        var exited = Of(new ClusterEvent.WorkerExited(Worker, "exit code 3", true, null) { Status = ExitStatus.Exited(3) });
        var killed = Of(new ClusterEvent.WorkerExited(Worker, "signal SIGKILL", false, null) { Status = ExitStatus.Signaled(9) });

        Assert.Equal((3, null, true, "exit code 3"), (exited.ExitCode, exited.Signal, exited.IsExpected, exited.Reason));
        Assert.Equal((null, 9, false, 3), (killed.ExitCode, killed.Signal, killed.IsExpected, killed.Generation));
        Assert.Null(killed.Worker!.ProcessId);
    }

    [Fact]
    public void A_scaling_has_both_numbers_and_times_are_times()
    {
        var scaled = Of(new ClusterEvent.Scaled(4, 2));
        var stopping = Of(new ClusterEvent.StopAnnounced(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)));
        var ready = Of(new ClusterEvent.WorkerReady(Worker, TimeSpan.FromSeconds(2)));
        var started = Of(new ClusterEvent.Started(4, TimeSpan.FromSeconds(5)));

        Assert.Equal((4, 2, null), (scaled.Workers, scaled.WorkersBefore, scaled.Generation));
        Assert.Equal(TimeSpan.FromSeconds(10), stopping.Duration);
        Assert.Equal(TimeSpan.FromSeconds(2), ready.Duration);
        Assert.Equal((4, TimeSpan.FromSeconds(5)), (started.Workers, started.Duration));
    }

    [Fact]
    public void The_end_of_a_reload_has_its_result()
    {
        var result = new ReloadResult { Status = ReloadStatus.RolledBack, Reason = "why" };

        Assert.Same(result, Of(new ClusterEvent.ReloadRolledBack(2, 1, "why", []) { Result = result }).Reload);
        Assert.Same(result, Of(new ClusterEvent.ReloadHalted(2, "0: 2", "why", []) { Result = result }).Reload);
        Assert.Same(result, Of(new ClusterEvent.ReloadAborted(2, 1) { Result = result }).Reload);
        Assert.Same(result, Of(new ClusterEvent.ReloadDone(2, 1, TimeSpan.Zero) { Result = result }).Reload);
    }

    private static ReclusterEvent Of(ClusterEvent happened) => PublicEvent.From(happened, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch)!;
}
