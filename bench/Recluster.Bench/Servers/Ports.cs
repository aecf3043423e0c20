using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Recluster.LoadClient;

namespace Recluster.Bench.Servers;

/// <summary>Ports of 127.0.0.1.</summary>
internal static class Ports
{
    /// <summary>So many that nobody has at this moment.</summary>
    internal static int[] Free(int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToArray();
        try
        {
            return [.. sockets.Select(socket =>
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            })];
        }
        finally
        {
            Array.ForEach(sockets, socket => socket.Dispose());
        }
    }

    internal static string Port(this LoadTarget target) => ((IPEndPoint)target.EndPoint).Port.ToString(CultureInfo.InvariantCulture);
}
