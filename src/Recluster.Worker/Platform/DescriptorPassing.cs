using System.Runtime.InteropServices;

namespace Recluster.Platform;

/// <summary>
/// Passes an open descriptor to another process over a Unix domain socket (unix(7), SCM_RIGHTS), with a number beside it. Neither call
/// waits. Layouts of Linux on 64 bits, little endian; the same with glibc and musl, x64 and arm64.
/// </summary>
internal static unsafe partial class DescriptorPassing
{
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;
    private const int Interrupted = 4;

    /// <summary>False if the kernel did not take it: the queue is full, or worse. Then it is still the caller's alone.</summary>
    internal static bool TrySend(int socket, int descriptor, int number)
    {
        var control = new ControlMessage { Length = 16 + sizeof(int), Level = SocketLevel, Type = Rights, Descriptor = descriptor };
        var vector = new Vector { Base = &number, Length = sizeof(int) };
        var header = new Header { Vectors = &vector, VectorCount = 1, Control = &control, ControlLength = (nuint)sizeof(ControlMessage) };
        nint sent;
        do
        {
            sent = SendMessage(socket, &header, DontWait | NoSignal);
        }
        while (sent < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return sent == sizeof(int);
    }

    /// <summary>
    /// False if none waits. The descriptor is -1 if one was sent and this process could not take it, since it may open no more of them
    /// (<see cref="Libc.CanOpenOneMore"/>); the kernel has closed it then.
    /// </summary>
    internal static bool TryReceive(int socket, out int descriptor, out int number)
    {
        var control = default(ControlMessage);
        var received = 0;
        var vector = new Vector { Base = &received, Length = sizeof(int) };
        var header = new Header { Vectors = &vector, VectorCount = 1, Control = &control, ControlLength = (nuint)sizeof(ControlMessage) };
        nint length;
        do
        {
            length = ReceiveMessage(socket, &header, DontWait | CloseOnExec);
        }
        while (length < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        number = received;
        descriptor = control is { Level: SocketLevel, Type: Rights } ? control.Descriptor : -1;
        return length == sizeof(int);
    }

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

    /// <summary>struct cmsghdr with room for one descriptor.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ControlMessage
    {
        internal nuint Length;
        internal int Level;
        internal int Type;
        internal int Descriptor;
        internal int Padding;
    }
}
