using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Recluster.Sockets;

/// <summary>
/// Binds a Unix domain socket by the system calls themselves: a socket bound by .NET removes the file of its name when it is disposed, whoever's
/// file that is by then.
/// </summary>
internal static unsafe partial class UnixBinding
{
    private const int UnixFamily = 1;
    private const int StreamCloseOnExec = 1 | 0x80000;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;
    private const int AddressInUse = 98;

    /// <exception cref="SocketException">It cannot be bound.</exception>
    internal static Socket Bind(UnixDomainSocketEndPoint endpoint)
    {
        var descriptor = OpenSocket(UnixFamily, StreamCloseOnExec, 0);
        if (descriptor < 0)
        {
            throw Failure();
        }

        using var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        var address = endpoint.Serialize();
        fixed (byte* bytes = address.Buffer.Span)
        {
            if (Bind(descriptor, bytes, (uint)address.Size) != 0)
            {
                throw Failure();
            }
        }

        var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        handle.SetHandleAsInvalid();
        return socket;
    }

    // SocketError has the numbers of Windows; callers tell only these apart.
    private static SocketException Failure()
    {
        var error = Marshal.GetLastPInvokeError();
        var code = error switch
        {
            AddressInUse => SocketError.AddressAlreadyInUse,
            AccessDenied or NotPermitted => SocketError.AccessDenied,
            _ => SocketError.SocketError,
        };
        return new SocketException((int)code, new Win32Exception(error).Message);
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, byte* address, uint length);
}
