using System.Runtime.InteropServices;

namespace Recluster.FunctionalTests.Support;

/// <summary>Signals by number, as signal(7) has them on x64 and arm64.</summary>
internal static class Posix
{
    internal const int SigHup = 1;
    internal const int SigInt = 2;
    internal const int SigQuit = 3;
    internal const int SigKill = 9;
    internal const int SigUsr2 = 12;
    internal const int SigTerm = 15;
    internal const int SigCont = 18;
    internal const int SigStop = 19;
    internal const int SigTtin = 21;
    internal const int SigTtou = 22;

    /// <summary>The signals that the library takes in a worker.</summary>
    internal static int[] OfWorkers { get; } = [SigHup, SigInt, SigQuit, SigUsr2, SigTerm];

    internal static void Signal(int processId, int signal)
    {
        // Zero and below mean groups of processes to kill(2).
        ArgumentOutOfRangeException.ThrowIfLessThan(processId, 2);
        _ = Kill(processId, signal);
    }

    /// <summary>Takes the place of what is there, in one step; File.Move will not do it for a symbolic link to a folder.</summary>
    internal static void RenameOver(string from, string to)
    {
        if (Rename(from, to) != 0)
        {
            throw new IOException($"rename {from} to {to}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Sets how many descriptors another process may have (getrlimit(2), RLIMIT_NOFILE); those that it has stay.</summary>
    /// <returns>What it was before.</returns>
    internal static ulong LimitDescriptors(int processId, ulong limit)
    {
        const int Descriptors = 7;
        if (GetLimit(processId, Descriptors, 0, out var before) != 0
            || SetLimit(processId, Descriptors, before with { Soft = limit }, 0) != 0)
        {
            throw new IOException($"prlimit {processId}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return before.Soft;
    }

#pragma warning disable SYSLIB1054 // A source-generated import would make the whole test project unsafe for the sake of a few calls.
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);

    [DllImport("libc", EntryPoint = "rename", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rename([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimit(int processId, int resource, nint none, out ResourceLimit before);

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int processId, int resource, in ResourceLimit limit, nint none);
#pragma warning restore SYSLIB1054

    /// <summary>struct rlimit.</summary>
    private record struct ResourceLimit(ulong Soft, ulong Hard);
}
