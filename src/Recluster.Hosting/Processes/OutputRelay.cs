using System.Runtime.InteropServices;

namespace Recluster.Processes;

/// <summary>
/// Passes on what a child writes into a pipe, and keeps the last lines. What the child wrote at once is passed on at once, so the lines of
/// several children do not mix any more than if each wrote to the same file itself.
/// </summary>
internal sealed class OutputRelay(int descriptor, Stream destination)
{
    // A pipe holds so much by default, so one read empties it (pipe(7)).
    private const int PipeSize = 64 * 1024;

    // A longer write is not atomic (PIPE_BUF, pipe(7)): its rest comes with the next read.
    private const int AtomicWrite = 4096;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ErrorTail _tail = new();
    private byte[] _held = [];

    /// <summary>Completes when nobody can write into the pipe any more.</summary>
    internal Task Ended => _ended.Task;

    internal IReadOnlyList<string> Lines => _tail.Lines();

    /// <summary>For the poller: the pipe is readable.</summary>
    /// <returns>False at its end.</returns>
    internal bool Read()
    {
        var buffer = new byte[PipeSize]; // Some times at a start, then never again.
        var read = Native.Read(descriptor, buffer);
        if (read < 0 && Marshal.GetLastPInvokeError() == Native.Interrupted)
        {
            return true;
        }

        if (read <= 0)
        {
            Pass(_held, destination);
            _ended.TrySetResult();
            return false;
        }

        _tail.Append(buffer.AsSpan(0, read));
        byte[] all = [.. _held, .. buffer.AsSpan(0, read)];
        var whole = read < AtomicWrite ? all.Length : all.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (whole == 0 && all.Length > PipeSize)
        {
            whole = all.Length; // One line longer than a pipe.
        }

        _held = all[whole..];
        Pass(all.AsSpan(0, whole), destination);
        return true;
    }

    /// <summary>Writes to a stream of this process's own, whatever is the matter with it: what was to be passed on may be lost, the tail is not.</summary>
    internal static void Pass(ReadOnlySpan<byte> bytes, Stream destination)
    {
        try
        {
            destination.Write(bytes);
        }
        catch (Exception)
        {
            // A full disk, a reader that is gone, a descriptor that was opened for reading alone.
        }
    }
}
