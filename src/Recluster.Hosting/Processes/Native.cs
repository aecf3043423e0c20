using System.Runtime.InteropServices;

namespace Recluster.Processes;

/// <summary>The native calls that start and watch a process. Linux, glibc and musl, x64 and arm64.</summary>
internal static partial class Native
{
    internal const int SigKill = 9;
    internal const short PollIn = 0x1;

    // The opaque structures of posix_spawn are 336 and 80 bytes with glibc and smaller with musl.
    internal const int OpaqueSize = 1024;

    internal const short SpawnSetProcessGroup = 0x02;
    internal const short SpawnSetSignalDefaults = 0x04;
    internal const short SpawnSetSignalMask = 0x08;

    internal const int WaitByPid = 1;
    internal const int WaitByPidDescriptor = 3;
    internal const int WaitExited = 4;
    internal const int WaitNoHang = 1;

    internal const int SigInfoSize = 128;
    internal const int SigInfoCode = 8;
    internal const int SigInfoPid = 16;
    internal const int SigInfoStatus = 24;
    internal const int ChildExited = 1;

    internal const int OpenNonBlocking = 0x800;
    internal const int OpenCloseOnExec = 0x80000;

    internal const int FamilyUnix = 1;
    internal const int SocketStream = 1;
    internal const int SocketCloseOnExec = 0x80000;

    internal const int Interrupted = 4;
    internal const int NoSuchChild = 10;
    internal const int NotImplemented = 38;

    private const int PidfdOpenNumber = 434; // The same on x64 and arm64: pidfd_open(2).

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>Not tried where the kernel does not have it: an old list of allowed calls may not either, and the filter may kill for it.</summary>
    internal static int PidfdOpen(int pid) => HasPidfd ? (int)Syscall(PidfdOpenNumber, pid, 0) : -1;

    // 5.3 can open one, and only 5.4 can wait for it: waitid(2), P_PIDFD.
    private static bool HasPidfd { get; } = Environment.OSVersion.Version >= new Version(5, 4);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint first, nint second);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static unsafe partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    internal static unsafe partial int WaitId(int idType, uint id, byte* info, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    internal static partial nint Signal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    internal static unsafe partial int Pipe2(int* descriptors, int flags);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    internal static unsafe partial int SocketPair(int domain, int type, int protocol, int* descriptors);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(int descriptor, byte* buffer, nuint count);

    internal static unsafe int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            return (int)Read(descriptor, first, (nuint)buffer.Length);
        }
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static unsafe partial nint Write(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint RealPath(string path, nint buffer);

    [LibraryImport("libc", EntryPoint = "free")]
    internal static partial void Free(nint memory);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Access(string path, int mode);

    // The functions of posix_spawn return the error number instead of setting errno.
    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int PosixSpawn(int* pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    internal static unsafe partial int FileActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    internal static unsafe partial int FileActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    internal static unsafe partial int FileActionsAddDup2(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int FileActionsAddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int FileActionsAddChangeDirectory(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    internal static unsafe partial int AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    internal static unsafe partial int AttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    internal static unsafe partial int AttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    internal static unsafe partial int AttributesSetProcessGroup(byte* attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    internal static unsafe partial int AttributesSetSignalMask(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    internal static unsafe partial int AttributesSetSignalDefaults(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    internal static unsafe partial int SignalSetClear(byte* set);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    internal static unsafe partial int SignalSetAdd(byte* set, int signal);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    internal static unsafe partial int SignalSetFill(byte* set);

    internal static string ErrorText(int error) => Marshal.GetPInvokeErrorMessage(error);
}
