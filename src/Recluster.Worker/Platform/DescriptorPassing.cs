using System.Runtime.InteropServices;

namespace Recluster.Platform;

/// <summary>
/// Passes open descriptors to another process over a Unix domain socket (unix(7), SCM_RIGHTS), with a few bytes beside them. No call waits.
/// What is received is closed on exec from the first moment. Layouts of Linux on 64 bits, little endian; the same with glibc and musl, x64
/// and arm64.
/// </summary>
internal static unsafe partial class DescriptorPassing
{
    /// <summary>The kernel takes no more in one message (SCM_MAX_FD).</summary>
    internal const int MaxDescriptors = 253;

    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;
    private const int ControlTruncated = 0x8;
    private const int Interrupted = 4;
    private const int HeaderSize = 16; // struct cmsghdr: length, level, type. Descriptors follow.

    /// <summary>False if the kernel did not take it: the queue is full, or worse. Then it is still the caller's alone.</summary>
    internal static bool TrySend(int socket, int descriptor, int number) =>
        TrySend(socket, [descriptor], new ReadOnlySpan<byte>(&number, sizeof(int)));

    /// <summary>False if the kernel did not take it; the last error says why. All or nothing, on a socket that keeps the bounds of messages.</summary>
    internal static bool TrySend(int socket, ReadOnlySpan<int> descriptors, ReadOnlySpan<byte> payload)
    {
        var control = stackalloc byte[SpaceFor(descriptors.Length)];
        *(nuint*)control = (nuint)(HeaderSize + (descriptors.Length * sizeof(int)));
        *(int*)(control + 8) = SocketLevel;
        *(int*)(control + 12) = Rights;
        descriptors.CopyTo(new Span<int>(control + HeaderSize, descriptors.Length));
        fixed (byte* bytes = payload)
        {
            var vector = new Vector { Base = bytes, Length = (nuint)payload.Length };
            var header = new Header { Vectors = &vector, VectorCount = 1 };
            if (descriptors.Length > 0)
            {
                header.Control = control;
                header.ControlLength = (nuint)SpaceFor(descriptors.Length);
            }

            nint sent;
            do
            {
                sent = SendMessage(socket, &header, DontWait | NoSignal);
            }
            while (sent < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            return sent == payload.Length;
        }
    }

    /// <summary>
    /// False if none waits. The descriptor is -1 if one was sent and this process could not take it, since it may open no more of them
    /// (<see cref="Libc.CanOpenOneMore"/>); the kernel has closed it then.
    /// </summary>
    internal static bool TryReceive(int socket, out int descriptor, out int number)
    {
        var received = 0;
        var one = -1;
        var length = Receive(socket, new Span<byte>(&received, sizeof(int)), new Span<int>(&one, 1), out var count, out _);
        number = received;
        descriptor = count == 1 ? one : -1;
        return length == sizeof(int);
    }

    /// <summary>Receives one message.</summary>
    /// <param name="socket">Where.</param>
    /// <param name="payload">Its bytes; what does not fit is lost.</param>
    /// <param name="descriptors">Its descriptors.</param>
    /// <param name="count">How many of them came.</param>
    /// <param name="isCut">This process could not take all of them, mostly because it may open no more; the kernel has closed the others.</param>
    /// <returns>The number of bytes; 0 at the end of file; below 0 if none waits, or for another reason that is the last error.</returns>
    internal static int Receive(int socket, Span<byte> payload, Span<int> descriptors, out int count, out bool isCut)
    {
        var space = SpaceFor(descriptors.Length);
        var control = stackalloc byte[space];
        new Span<byte>(control, space).Clear();
        fixed (byte* bytes = payload)
        {
            var vector = new Vector { Base = bytes, Length = (nuint)payload.Length };
            var header = new Header { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)space };
            nint length;
            do
            {
                length = ReceiveMessage(socket, &header, DontWait | CloseOnExec);
            }
            while (length < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            var isRights = length >= 0 && *(int*)(control + 8) == SocketLevel && *(int*)(control + 12) == Rights;
            count = isRights ? ((int)*(nuint*)control - HeaderSize) / sizeof(int) : 0;
            new Span<int>(control + HeaderSize, count).CopyTo(descriptors);
            isCut = length >= 0 && (header.Flags & ControlTruncated) != 0;
            return (int)length;
        }
    }

    // A multiple of 8, as CMSG_SPACE counts.
    private static int SpaceFor(int descriptors) => HeaderSize + (((descriptors * sizeof(int)) + 7) / 8 * 8);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Header* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Header* message, int flags);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        internal void* Base;
        internal nuint Length;
    }

    /// <summary>struct msghdr. Where musl has an int and padding, zeros make it the same.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        internal void* Name;
        internal nuint NameLength;
        internal Vector* Vectors;
        internal nuint VectorCount;
        internal void* Control;
        internal nuint ControlLength;
        internal nuint Flags;
    }
}
