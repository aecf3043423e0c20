using System.Globalization;

namespace Recluster.Processes;

/// <summary>The terminal that this process belongs to, by its /proc/PID/stat (proc(5)).</summary>
internal static class ControllingTerminal
{
    private const int StandardInput = 0;

    /// <summary>Whether there is one. If it hangs up, the kernel sends SIGHUP.</summary>
    internal static bool Exists => Read().Terminal != 0;

    /// <summary>Whether this process is a background job of it. If such a process touches the terminal, the kernel sends SIGTTIN or SIGTTOU.</summary>
    internal static bool IsInBackgroundOf => Read() is { Terminal: not 0 } job && job.Group != job.Foreground;

    /// <summary>
    /// Whether the kernel itself may send SIGTTIN and SIGTTOU: it does so when a job in the background reads its terminal, changes its
    /// settings (as .NET does after Ctrl-Z and bg), or writes to it while "stty tostop" is set.
    /// </summary>
    internal static bool MaySignal =>
        IsInBackgroundOf && (Native.IsTerminal(StandardInput) || Native.StopsBackgroundOutput(1) || Native.StopsBackgroundOutput(2));

    private static (int Group, int Terminal, int Foreground) Read()
    {
        // Counted after the name in parentheses, which may hold anything: pgrp, tty_nr and tpgid are fields 5, 7 and 8.
        var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/stat"));
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(2), Number(4), Number(5));

        int Number(int index) => int.Parse(fields[index], CultureInfo.InvariantCulture);
    }
}
