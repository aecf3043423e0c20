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

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int Poll(PollDescriptor* descriptors, nuint count, int timeout);

    /// <summary>struct pollfd of poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct PollDescriptor(int descriptor)
    {
        private readonly int _descriptor = descriptor;
        private readonly short _events = 1; // POLLIN
        private readonly short _happened;
    }

    // fcntl is variadic; passing the third argument in a register is what the Linux ABIs of x64 and arm64 do for it.
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int descriptor, int command, nint argument);

    /// <summary>Whether this process may have one descriptor more than it has.</summary>
    /// <param name="any">One that is open.</param>
    internal static bool CanOpenOneMore(int any)
    {
        const int DuplicateCloseOnExec = 1030;
        var copy = Fcntl(any, DuplicateCloseOnExec, 0);
        return copy >= 0 && Close(copy) == 0;
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
