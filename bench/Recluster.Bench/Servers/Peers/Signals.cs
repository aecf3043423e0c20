using System.Runtime.InteropServices;

namespace Recluster.Bench.Servers.Peers;

/// <summary>The signals that peers are led by.</summary>
internal static class Signals
{
    public const int Hangup = 1;
    public const int Kill = 9;
    public const int User1 = 10;
    public const int User2 = 12;
    public const int Terminate = 15;

    /// <summary>Sends it; a process that has gone already is no error. A negative id is a process group.</summary>
    public static void Send(int processId, int signal) => _ = SendNative(processId, signal);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendNative(int processId, int signal);
}
