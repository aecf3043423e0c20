using System.Net;
using System.Net.Sockets;

namespace Recluster.FunctionalTests.Support;

/// <summary>Ports for where Kestrel has no port 0: the two addresses of localhost could not share one.</summary>
internal static class FreePorts
{
    /// <summary>Different ones, free at this moment.</summary>
    internal static int[] Take(int count)
    {
        var sockets = Enumerable.Range(0, count)
            .Select(_ => new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true })
            .ToArray();
        try
        {
            Array.ForEach(sockets, socket => socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0)));
            return [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        }
        finally
        {
            Array.ForEach(sockets, socket => socket.Dispose());
        }
    }
}
