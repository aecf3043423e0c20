using System.Net.Sockets;
using Recluster.Lifecycle;
using Recluster.Platform;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.Lifecycle;

public sealed class MasterWatchTests : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket _channel;
    private readonly int _master;

    public MasterWatchTests()
    {
        var (one, other) = Libc.CreatePacketPair()!.Value;
        (_channel, _master) = (new Socket(new SafeSocketHandle(one, ownsHandle: true)), other);
    }

    public void Dispose() => _channel.Dispose();

    [Fact]
    public async Task A_worker_that_has_not_started_is_ended_when_its_master_ends()
    {
        Watch(Timeout.InfiniteTimeSpan);

        EndMaster();

        await _ended.Task.InTime();
    }

    [Fact]
    public async Task A_worker_that_has_started_and_does_not_begin_to_stop_is_ended_after_the_patience()
    {
        Watch(TimeSpan.FromMilliseconds(1)).ReportStarted();
        Assert.False(_ended.Task.IsCompleted);

        EndMaster();

        await _ended.Task.InTime();
    }

    [Fact]
    public async Task The_end_is_seen_though_the_worker_has_closed_its_own_descriptor()
    {
        Watch(Timeout.InfiniteTimeSpan);
        _channel.Dispose();

        EndMaster();

        await _ended.Task.InTime();
    }

    private MasterWatch Watch(TimeSpan patience) => MasterWatch.Start((int)_channel.Handle, patience, _ended.SetResult);

    private void EndMaster() => _ = Libc.Close(_master);
}
