using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Recluster.Protocol;

/// <summary>
/// Names an endpoint as the app asked for it (port 0 stays 0), so that the master's and the worker's run of the same
/// configuration meet on the same sockets. Equal endpoints (two times port 0) are told apart by their order.
/// </summary>
internal static class EndpointKey
{
    internal static bool CanServe(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint or FileHandleEndPoint;

    internal static string For(EndPoint endpoint) => endpoint switch
    {
        IPEndPoint ip => $"tcp:{ip}",
        UnixDomainSocketEndPoint unix => $"unix:{unix}",
        FileHandleEndPoint handle => $"descriptor:{handle.FileHandle}",
        _ => throw new NotSupportedException($"Recluster cannot share the endpoint {endpoint} ({endpoint.GetType().Name})."),
    };
}
