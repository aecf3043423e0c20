using System.Runtime.InteropServices;

namespace Recluster.Platform;

/// <summary>The native calls both sides need. Everything else the product asks of the kernel goes through .NET's own <c>Socket</c>.</summary>
internal static partial class Libc
{
    private const int GetDescriptorFlags = 1;
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;

    [LibraryImport("libc", EntryPoint = "getppid")]
    internal static partial int GetParentProcessId();

    /// <summary>.NET has an environment of its own; this is the one that native code gives to the processes it starts.</summary>
    [LibraryImport("libc", EntryPoint = "unsetenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int RemoveFromNativeEnvironment(string name);

    /// <summary>As the default action of SIGTTIN does it, until a SIGCONT.</summary>
    internal static void StopThisProcess()
    {
        const int Stop = 19;
        _ = Signal(Environment.ProcessId, Stop);
    }

    /// <summary>How many bytes wait in a pipe, asked at either end; 0 where that cannot be told.</summary>
    internal static unsafe int BytesToRead(int descriptor)
    {
        const nuint BytesToReadRequest = 0x541B; // FIONREAD, ioctl_tty(2).
        int count;
        return Ioctl(descriptor, BytesToReadRequest, &count) == 0 ? count : 0;
    }

    // Variadic as fcntl is, below.
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Ioctl(int descriptor, nuint request, int* argument);

    /// <summary>In one step makes a descriptor another name for what <paramref name="source"/> is open on. It keeps its close-on-exec flag.</summary>
    internal static bool Replace(int descriptor, int source)
    {
        const int OpenCloseOnExec = 0x80000;
        var flags = Fcntl(descriptor, GetDescriptorFlags, 0);
        return flags < 0 || Dup3(source, descriptor, (flags & CloseOnExec) != 0 ? OpenCloseOnExec : 0) >= 0;
    }

    [LibraryImport("libc", EntryPoint = "dup3", SetLastError = true)]
    private static partial int Dup3(int source, int descriptor, int flags);

    internal static bool IsOpen(int descriptor) => Fcntl(descriptor, GetDescriptorFlags, 0) >= 0;

    internal const int SigTerm = 15;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Signal(int processId, int signal);

    /// <summary>For the calling thread, and those that it starts from now on.</summary>
    internal static unsafe void UnblockSignals(ReadOnlySpan<int> signals)
    {
        const int Unblock = 1;
        var set = stackalloc byte[128];
        _ = ClearSignals(set);
        foreach (var signal in signals)
        {
            _ = AddSignal(set, signal);
        }

        _ = SetSignalMask(Unblock, set, null);
    }

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static unsafe partial int ClearSignals(byte* set);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    private static unsafe partial int AddSignal(byte* set, int signal);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static unsafe partial int SetSignalMask(int how, byte* set, byte* before);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    /// <summary>Memory that every process which maps this file shares; null where the kernel refuses.</summary>
    internal static unsafe byte* MapShared(int descriptor, int length)
    {
        const int ReadWrite = 3;
        const int Shared = 1;
        var memory = Mmap(0, (nuint)length, ReadWrite, Shared, descriptor, 0);
        return memory == -1 ? null : (byte*)memory;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Mmap(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    /// <summary>
    /// Two sockets that are connected with each other, keep the bounds of what is sent, do not block and are closed on exec. Null where the
    /// kernel refuses.
    /// </summary>
    internal static unsafe (int One, int Other)? CreatePacketPair()
    {
        const int Unix = 1;
        const int SequencedPackets = 5;
        const int NonBlocking = 0x800;
        const int CloseOnExecFlag = 0x80000;
        var pair = stackalloc int[2];
        return SocketPair(Unix, SequencedPackets | NonBlocking | CloseOnExecFlag, 0, pair) == 0 ? (pair[0], pair[1]) : null;
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static unsafe partial int SocketPair(int domain, int type, int protocol, int* pair);

    /// <summary>Waits until one of two descriptors has something to read or its other end is closed, or a signal comes.</summary>
    internal static unsafe void WaitForInput(int one, int other)
    {
        var both = stackalloc PollDescriptor[] { new(one), new(other) };
        _ = Poll(both, 2, -1);
    }

    /// <summary>The same for one descriptor, and so long at the most.</summary>
    internal static unsafe void WaitForInput(int descriptor, TimeSpan atMost)
    {
        var one = new PollDescriptor(descriptor);
        _ = Poll(&one, 1, (int)atMost.TotalMilliseconds);
    }

    /// <summary>Waits until the other end of a socket is closed, and takes nothing from it.</summary>
    internal static unsafe void WaitForHangUp(int descriptor)
    {
        const short PeerClosed = 0x2000; // POLLRDHUP
        var one = new PollDescriptor(descriptor, PeerClosed);
        while (Poll(&one, 1, -1) <= 0)
        {
            // Interrupted.
        }
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int Poll(PollDescriptor* descriptors, nuint count, int timeout);

    /// <summary>struct pollfd of poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct PollDescriptor(int descriptor, short events = 1 /* POLLIN */)
    {
        private readonly int _descriptor = descriptor;
        private readonly short _events = events;
        private readonly short _happened;
    }

    // fcntl is variadic; passing the third argument in a register is what the Linux ABIs of x64 and arm64 do for it.
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int descriptor, int command, nint argument);

    /// <summary>Another descriptor for the same, closed on exec; below 0 if this process may open no more.</summary>
    internal static int Duplicate(int descriptor)
    {
        const int DuplicateCloseOnExec = 1030;
        return Fcntl(descriptor, DuplicateCloseOnExec, 0);
    }

    /// <summary>Whether this process may have one descriptor more than it has.</summary>
    /// <param name="any">One that is open.</param>
    internal static bool CanOpenOneMore(int any) => Duplicate(any) is >= 0 and var copy && Close(copy) == 0;

    /// <summary>Ends this process at once: nothing that the app has registered for its end runs.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    internal static partial void EndThisProcess(int exitCode);

    /// <summary>Writes all of it at the end of a file, in one step even between processes. False if not all was written.</summary>
    internal static unsafe bool TryAppend(int descriptor, ReadOnlySpan<byte> bytes)
    {
        const int GetStatusFlags = 3;
        const int SetStatusFlags = 4;
        const int AtTheEnd = 0x400; // O_APPEND belongs to the open file, and so to all processes that inherited the descriptor.
        const int Interrupted = 4;
        if (Fcntl(descriptor, SetStatusFlags, Fcntl(descriptor, GetStatusFlags, 0) | AtTheEnd) != 0)
        {
            return false;
        }

        nint written;
        fixed (byte* start = bytes)
        {
            do
            {
                written = Write(descriptor, start, (nuint)bytes.Length);
            }
            while (written < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        }

        return written == bytes.Length;
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(int descriptor, byte* bytes, nuint length);

    /// <summary>
    /// Takes a lock on a file that excludes every other process (fcntl(2), F_SETLK), or gives it back. The kernel gives it back when the process
    /// ends, in whatever way. False if another process has it.
    /// </summary>
    internal static unsafe bool TrySetLock(int descriptor, bool isLocked)
    {
        const int SetLock = 6;
        var file = new FileLock { Type = isLocked ? FileLock.Exclusive : FileLock.None };
        return Fcntl(descriptor, SetLock, (nint)(&file)) == 0;
    }

    /// <summary>struct flock of fcntl(2) on 64 bits, over the whole file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FileLock
    {
        internal const short Exclusive = 1;
        internal const short None = 2;

        internal short Type;
        internal short Whence;
        internal long Start;
        internal long Length;
        internal int ProcessId;
    }

    /// <summary>Keeps a descriptor out of every process that this one starts from now on.</summary>
    internal static void SetCloseOnExec(int descriptor)
    {
        var flags = Fcntl(descriptor, GetDescriptorFlags, 0);
        if (flags >= 0)
        {
            _ = Fcntl(descriptor, SetDescriptorFlags, flags | CloseOnExec);
        }
    }
}
