using Microsoft.Win32.SafeHandles;
using Recluster.Platform;
using Recluster.Processes;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Processes;

/// <summary>Alone, because descriptors of this process are told by their numbers.</summary>
[Collection(nameof(Alone))]
public class DescriptorPollerTests
{
    [Fact]
    public async Task A_poller_that_is_disposed_closes_what_it_watched_and_what_it_is_given()
    {
        var poller = new DescriptorPoller("test");
        var (watched, given) = (Pipe(), Pipe());
        poller.Watch(watched.Read, () => true);

        poller.Dispose();
        await ClosedAsync(watched.Write);
        poller.Watch(given.Read, () => true);

        await ClosedAsync(given.Write);
    }

    [Fact]
    public async Task A_handler_that_throws_costs_no_other_its_calls()
    {
        using var poller = new DescriptorPoller("test");
        var (bad, good) = (Pipe(), Pipe());
        var called = new TaskCompletionSource();
        poller.Watch(bad.Read, () => throw new InvalidOperationException("a defect"));
        poller.Watch(good.Read, () => !called.TrySetResult());

        Write(bad.Write);
        await ClosedAsync(bad.Write);
        Write(good.Write);

        await called.Task.InTime();
        await ClosedAsync(good.Write);
    }

    private static unsafe (int Read, int Write) Pipe()
    {
        var pipe = stackalloc int[2];
        Assert.Equal(0, Native.Pipe2(pipe, Native.OpenCloseOnExec));
        return (pipe[0], pipe[1]);
    }

    private static void Write(int descriptor)
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        using var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        stream.WriteByte(1);
    }

    /// <summary>Waits until the reading end of the pipe is closed.</summary>
    private static async Task ClosedAsync(int writeEnd)
    {
        await Task.Run(() => Libc.WaitForHangUp(writeEnd)).InTime();
        _ = Libc.Close(writeEnd);
    }
}
