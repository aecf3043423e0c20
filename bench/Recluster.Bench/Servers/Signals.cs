using System.Runtime.InteropServices;

namespace Recluster.Bench.Servers;

/// <summary>kill(2).</summary>
internal static partial class Signals
{
    internal const int Kill = 9;
    internal const int Terminate = 15;

    internal static void Send(int processId, int signal) => _ = KillNative(processId, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillNative(int processId, int signal);
}
