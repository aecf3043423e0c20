using System.Net;
using System.Net.Sockets;

namespace Recluster.LoadClient;

/// <summary>Where the requests go.</summary>
/// <param name="EndPoint">An IP endpoint or a Unix domain socket.</param>
/// <param name="Tls">Whether to speak TLS; any certificate will do.</param>
public sealed record LoadTarget(EndPoint EndPoint, bool Tls = false)
{
    /// <summary>What goes into the Host header.</summary>
    public string Host => EndPoint is IPEndPoint ip ? ip.ToString() : "localhost";

    /// <summary>A target on 127.0.0.1.</summary>
    public static LoadTarget Loopback(int port) => new(new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>A target behind a Unix domain socket.</summary>
    public static LoadTarget Unix(string path) => new(new UnixDomainSocketEndPoint(path));
}
