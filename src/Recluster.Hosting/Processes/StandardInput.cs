using Recluster.Platform;

namespace Recluster.Processes;

/// <summary>
/// The standard input of workers. It has nothing to read, and it ends when the master's has ended or the master has: an app that waits
/// for a line on the console (StartAsync, then ReadLine) waits in its workers too, instead of ending at once.
/// </summary>
internal sealed unsafe class StandardInput : IDisposable
{
    private const short PollHangUp = 0x10;
    private const short PollErrors = 0x8 | 0x20;

    private int _read = -1;
    private int _write = -1;

    /// <summary>Whether somebody may still type or send something to this process: a terminal, or a pipe that is not closed.</summary>
    internal static bool IsOpen()
    {
        if (!Console.IsInputRedirected)
        {
            return true;
        }

        var target = File.ResolveLinkTarget("/proc/self/fd/0", returnFinalTarget: false)?.Name;
        if (target is null || !(target.StartsWith("pipe:", StringComparison.Ordinal) || target.StartsWith("socket:", StringComparison.Ordinal)))
        {
            return false;
        }

        var input = new Native.PollDescriptor { Descriptor = 0, Events = Native.PollIn };
        return Native.Poll(&input, 1, 0) >= 0 && (input.Returned & (PollHangUp | PollErrors)) == 0;
    }

    /// <summary>The end of a pipe that nobody writes to, or -1 where there is no descriptor left.</summary>
    internal int Descriptor
    {
        get
        {
            if (_read < 0)
            {
                var pair = stackalloc int[2];
                if (Native.Pipe2(pair, Native.OpenCloseOnExec) == 0)
                {
                    (_read, _write) = (pair[0], pair[1]);
                }
            }

            return _read;
        }
    }

    public void Dispose()
    {
        if (_read >= 0)
        {
            _ = Libc.Close(_read);
            _ = Libc.Close(_write);
            _read = _write = -1;
        }
    }
}
