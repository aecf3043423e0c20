using System.Runtime.InteropServices;

namespace Recluster.Bench.Servers;

/// <summary>kill(2).</summary>
internal static partial class Signals
{
    internal const int Hangup = 1;
    internal const int Kill = 9;
    internal const int User1 = 10;
    internal const int User2 = 12;
    internal const int Terminate = 15;

    /// <summary>Sends it; a process that has gone already is no error. A negative id is a process group.</summary>
    internal static void Send(int processId, int signal) => _ = KillNative(processId, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillNative(int processId, int signal);
}
