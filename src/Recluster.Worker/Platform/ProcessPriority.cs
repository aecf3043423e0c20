using System.Globalization;
using System.Runtime.InteropServices;

namespace Recluster.Platform;

/// <summary>How this process shares the processors with others (setpriority(2)). Going down is allowed to everybody, back up is not.</summary>
internal static partial class ProcessPriority
{
    private const int Process = 0;

    // A tenth of an ordinary thread's weight (sched(7)): out of the way, and still done within a second where all processors are busy.
    private const int Nice = 10;

    /// <summary>Steps behind all others. In Linux the value belongs to a thread, and a new one has that of the thread which starts it.</summary>
    internal static void Lower()
    {
        if (MayBeKilledForIt())
        {
            return;
        }

        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            _ = SetPriority(Process, int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), Nice);
        }
    }

    /// <summary>
    /// Under systemd "SystemCallFilter=~@resources" kills whoever calls setpriority, and a filter cannot be asked what it forbids. To
    /// step back is a courtesy, so it is left out there.
    /// </summary>
    private static bool MayBeKilledForIt() =>
        Environment.GetEnvironmentVariable("INVOCATION_ID") is not null
        && File.ReadLines("/proc/self/status").Any(line => line.StartsWith("Seccomp:", StringComparison.Ordinal) && line.EndsWith('2'));

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, int who, int priority);
}
