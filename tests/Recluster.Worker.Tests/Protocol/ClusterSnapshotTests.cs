using Recluster.Protocol;

namespace Recluster.Worker.Tests.Protocol;

public class ClusterSnapshotTests
{
    private static readonly ClusterSnapshot Sample = new(
        3,
        3,
        [
            Worker(0, 100, 2, ReclusterWorkerPhase.Draining),
            Worker(0, 101, 3, ReclusterWorkerPhase.Active),
            Worker(1, 102, 3, ReclusterWorkerPhase.Starting),
            Worker(2, 103, 3, ReclusterWorkerPhase.Active),
        ]);

    [Fact]
    public void The_active_workers_are_indexed_by_slot_with_null_where_there_is_none() =>
        Assert.Equal([101, null, 103], Sample.ActiveWorkers.Select(worker => worker?.ProcessId));

    [Fact]
    public void It_comes_back_from_its_JSON_as_it_was()
    {
        var read = ClusterSnapshot.FromJson(Sample.ToJson());

        Assert.Equal((Sample.Generation, Sample.Slots), (read.Generation, read.Slots));
        Assert.Equal(Sample.Workers, read.Workers);
        Assert.Equal(Sample.ActiveWorkers, read.ActiveWorkers);
    }

    [Fact]
    public void Its_JSON_is_one_line_and_that_of_the_largest_cluster_fits_into_a_frame_several_times()
    {
        var largest = new ClusterSnapshot(
            int.MaxValue, 512, [.. Enumerable.Range(0, 512).Select(slot => Worker(slot, int.MaxValue, int.MaxValue, ReclusterWorkerPhase.Draining))]);

        Assert.DoesNotContain('\n', largest.ToJson());
        Assert.InRange(largest.ToJson().Length, 1, MessageCodec.MaxFrameLength / 4);
    }

    [Fact]
    public void The_result_of_a_reload_comes_back_from_its_JSON_as_it_was()
    {
        var result = new ReloadResult
        {
            Status = ReloadStatus.RolledBack,
            Generation = 4,
            Duration = TimeSpan.FromMilliseconds(1234),
            Reason = "It said \"no\".\nTwice.",
            ErrorOutput = ["Unhandled exception.", "   at ünïcödé ✓"],
        };

        var json = result.ToJson();

        Assert.Equivalent(result, ReloadResult.FromJson(json), strict: true);
        Assert.DoesNotContain('\n', json);
    }

    private static ReclusterWorkerInfo Worker(int slot, int pid, int generation, ReclusterWorkerPhase phase) => new()
    {
        Slot = slot,
        ProcessId = pid,
        Generation = generation,
        Phase = phase,
        StartTime = new DateTimeOffset(2025, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
    };
}
