using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Recluster.Platform;

/// <summary>Who is at the other end of a Unix domain socket (unix(7), SO_PEERCRED).</summary>
internal static class PeerCredentials
{
    private const int SocketLevel = 1;
    private const int PeerCredentialsOption = 17;

    /// <summary>struct ucred: process, user, group. The process is who connected, as this one's namespace numbers it.</summary>
    internal static bool IsThisProcess(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[3 * sizeof(int)];
        return socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, credentials) >= sizeof(int)
            && MemoryMarshal.Read<int>(credentials) == Environment.ProcessId;
    }
}
