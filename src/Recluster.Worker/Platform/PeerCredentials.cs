using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Recluster.Platform;

/// <summary>Who is at the other end of a Unix domain socket (unix(7), SO_PEERCRED).</summary>
internal static class PeerCredentials
{
    private const int SocketLevel = 1;
    private const int PeerCredentialsOption = 17;

    /// <summary>Whether the other end is this process.</summary>
    internal static bool IsThisProcess(Socket socket) => ProcessOf(socket) == Environment.ProcessId;

    /// <summary>The process that connected, or that listens where this one did, as this one's namespace numbers it. 0 if it cannot be told.</summary>
    internal static int ProcessOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[3 * sizeof(int)]; // struct ucred: process, user, group.
        return socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, credentials) >= sizeof(int)
            ? MemoryMarshal.Read<int>(credentials)
            : 0;
    }
}
