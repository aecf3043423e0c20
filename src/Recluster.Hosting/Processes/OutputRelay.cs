using System.Runtime.InteropServices;

namespace Recluster.Processes;

/// <summary>
/// Passes on what a child writes into a pipe, and keeps the last lines. It passes on whole lines, so those of several children do not mix,
/// however the kernel divides what a child writes at once.
/// </summary>
internal sealed class OutputRelay(int descriptor, Stream destination)
{
    /// <summary>A longer line is passed on in pieces, in bytes.</summary>
    internal const int MaxLine = 64 * 1024;

    // On the stack of the poller's thread, which is small.
    private const int ReadSize = 16 * 1024;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ErrorTail _tail = new();
    private readonly List<byte> _line = [];

    /// <summary>Completes when nobody can write into the pipe any more.</summary>
    internal Task Ended => _ended.Task;

    internal IReadOnlyList<string> Lines => _tail.Lines();

    /// <summary>For the poller: the pipe is readable.</summary>
    /// <returns>False at its end.</returns>
    internal bool Read()
    {
        Span<byte> buffer = stackalloc byte[ReadSize];
        var read = Native.Read(descriptor, buffer);
        if (read < 0 && Marshal.GetLastPInvokeError() == Native.Interrupted)
        {
            return true;
        }

        if (read <= 0)
        {
            PassOn();
            _ended.TrySetResult();
            return false;
        }

        var bytes = buffer[..read];
        _tail.Append(bytes);
        var whole = bytes.LastIndexOf((byte)'\n') + 1;
        if (whole == 0 && _line.Count + read > MaxLine)
        {
            whole = read;
        }

        if (whole > 0)
        {
            _line.AddRange(bytes[..whole]);
            PassOn();
        }

        _line.AddRange(bytes[whole..]);
        return true;
    }

    private void PassOn()
    {
        Pass(CollectionsMarshal.AsSpan(_line), destination);
        _line.Clear();
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
