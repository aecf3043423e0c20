using System.Runtime.InteropServices;

namespace Recluster.Bench.Measuring;

/// <summary>The processor time of other processes, user and system, to the nanosecond: /proc has it in hundredths of a second.</summary>
internal static partial class ProcessorTime
{
    private const int WholeProcess = 2; // CPUCLOCK_SCHED without CPUCLOCK_PERTHREAD_MASK, linux/posix-timers.h.

    /// <summary>All that these processes have used since they started; one that is gone counts nothing.</summary>
    internal static TimeSpan Of(IEnumerable<int> processIds) => new(processIds.Sum(processId => Of(processId).Ticks));

    internal static TimeSpan Of(int processId) => GetTime((~processId << 3) | WholeProcess, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : default;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpecification time);

    private struct TimeSpecification
    {
        internal nint Seconds;
        internal nint Nanoseconds;
    }
}
