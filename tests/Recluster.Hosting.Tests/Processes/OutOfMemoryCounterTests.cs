using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Recluster.Processes;

namespace Recluster.Hosting.Tests.Processes;

public sealed class OutOfMemoryCounterTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory();
    private readonly OutOfMemoryCounter _counter;

    public OutOfMemoryCounterTests()
    {
        File.WriteAllText(Path.Combine(_root.FullName, "cgroup"), "0::/\n");
        SetCount(3);
        _counter = Open();
    }

    public void Dispose()
    {
        _counter.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public void A_kill_that_was_just_counted_is_the_death_of_the_worker()
    {
        SetCount(4);

        Assert.True(_counter.TakeKill());
        Assert.False(_counter.TakeKill());
    }

    [Fact]
    public void Two_workers_that_are_killed_together_both_died_of_it()
    {
        SetCount(5);

        Assert.True(_counter.TakeKill());
        Assert.True(_counter.TakeKill());
        Assert.False(_counter.TakeKill());
    }

    [Fact]
    public void A_kill_long_ago_was_that_of_another_process()
    {
        SetCount(4);
        _time.Advance(OutOfMemoryCounter.Interval);
        _time.Advance(OutOfMemoryCounter.LongestDeath + TimeSpan.FromSeconds(1));

        Assert.False(_counter.TakeKill());
    }

    [Fact]
    public void What_was_counted_before_the_start_does_not_count() => Assert.False(_counter.TakeKill());

    [Fact]
    public void Where_the_kernel_does_not_count_it_cannot_be_told()
    {
        File.Delete(Path.Combine(_root.FullName, "memory.events"));
        using var counter = Open();

        Assert.Null(counter.TakeKill());
        Assert.Null(_counter.TakeKill());
    }

    private OutOfMemoryCounter Open() => new(_time, Path.Combine(_root.FullName, "cgroup"), _root.FullName);

    private void SetCount(int count) => File.WriteAllText(
        Path.Combine(_root.FullName, "memory.events"),
        string.Create(CultureInfo.InvariantCulture, $"low 0\nhigh 0\nmax 17\noom 5\noom_kill {count}\noom_group_kill 0\n"));
}
