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

    /// <summary>Free ports for HTTP alone, or for all endpoints that the app under measurement can have.</summary>
    internal static LoadTargets FreeTargets(bool all)
    {
        var ports = Free(all ? 3 : 1);
        var http = LoadTarget.Loopback(ports[0]);
        return all ? new(http, LoadTarget.Loopback(ports[1]) with { Tls = true }, LoadTarget.Loopback(ports[2])) : new(http);
    }

    internal static string Port(this LoadTarget target) => ((IPEndPoint)target.EndPoint).Port.ToString(CultureInfo.InvariantCulture);
}
