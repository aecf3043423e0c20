using System.IO.Pipes;
using Recluster.Processes;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Processes;

public sealed class DescriptorPollerTests : IDisposable
{
    private readonly DescriptorPoller _poller = new("test");
    private readonly AnonymousPipeServerStream _bad = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream _good = new(PipeDirection.Out);

    public void Dispose()
    {
        _poller.Dispose();
        _bad.Dispose();
        _good.Dispose();
    }

    [Fact]
    public async Task A_handler_that_throws_costs_no_other_its_calls()
    {
        var called = new TaskCompletionSource();
        var (bad, good) = (ReadEnd(_bad), ReadEnd(_good));
        _poller.Watch(bad, () => throw new InvalidOperationException("a defect"));
        _poller.Watch(good, () => !called.TrySetResult());

        _bad.WriteByte(1);
        await ClosedAsync(_bad);
        _good.WriteByte(1);

        await called.Task.InTime();
    }

    // The poller owns what it watches, and closes it when it is done.
    private static int ReadEnd(AnonymousPipeServerStream pipe)
    {
        using var handle = pipe.ClientSafePipeHandle;
        var descriptor = (int)handle.DangerousGetHandle();
        handle.SetHandleAsInvalid();
        return descriptor;
    }

    /// <summary>Writes until nobody can read any more.</summary>
    private static async Task ClosedAsync(AnonymousPipeServerStream pipe) => await Task.Run(() =>
    {
        try
        {
            while (true)
            {
                pipe.WriteByte(1);
            }
        }
        catch (IOException)
        {
            // Closed.
        }
    }).InTime();
}
