using System.Text;
using Recluster.Processes;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Support;

/// <summary>A child without a process: what it does is the test's to say. Its channel is a pair of streams in memory.</summary>
internal sealed class FakeChildProcess : IChildProcess
{
    private static int s_lastProcessId = 100_000;

    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ErrorTail _tail = new();
    private readonly InMemoryDuplex _parentEnd;
    private int _ended;
    private int _kills;

    internal FakeChildProcess() => (_parentEnd, ChildEnd) = InMemoryDuplex.Pair();

    public int ProcessId { get; } = Interlocked.Increment(ref s_lastProcessId);

    public Stream Channel => _parentEnd;

    public Task<ExitStatus> Exited => _exited.Task;

    public IReadOnlyList<string> ErrorOutput => _tail.Lines();

    public IReadOnlyList<string> Output { get; init; } = [];

    /// <summary>The child's end of the control channel.</summary>
    internal InMemoryDuplex ChildEnd { get; }

    internal Task Killed => _killed.Task;

    /// <summary>False: a process that even SIGKILL does not end at once (it dumps core, or waits for a disk).</summary>
    internal bool DiesWhenKilled { get; init; } = true;

    /// <summary>How often it was killed.</summary>
    internal int Kills => Volatile.Read(ref _kills);

    public void Kill()
    {
        Interlocked.Increment(ref _kills);
        _killed.TrySetResult();
        if (DiesWhenKilled)
        {
            Exit(ExitStatus.Signaled(9));
        }
    }

    internal void WriteError(string text) => _tail.Append(Encoding.UTF8.GetBytes(text));

    /// <summary>As in the kernel: the descriptors are closed first, then the exit is told; only the first end counts.</summary>
    internal void Exit(ExitStatus status)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            ChildEnd.Dispose();
            _exited.TrySetResult(status);
        }
    }
}
