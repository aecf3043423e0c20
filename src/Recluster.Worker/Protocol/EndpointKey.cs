using System.Globalization;
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

    /// <summary>The endpoint that has this key.</summary>
    /// <exception cref="FormatException">None has it.</exception>
    internal static EndPoint Parse(string key)
    {
        var (kind, place) = key.Split(':', 2) is [var head, var tail] ? (head, tail) : ("", key);
        return kind switch
        {
            "tcp" => IPEndPoint.Parse(place),
            "unix" => new UnixDomainSocketEndPoint(place.StartsWith('@') ? '\0' + place[1..] : place),
            "descriptor" => new FileHandleEndPoint(ulong.Parse(place, CultureInfo.InvariantCulture), FileHandleType.Auto),
            _ => throw new FormatException($"'{key}' is no endpoint's key."),
        };
    }

    /// <summary>As a person writes it.</summary>
    internal static string Describe(string key) => key[(key.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
