using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Recluster.WarmUp;

/// <summary>What Kestrel says of its addresses, which is a hint only: TLS of the app's own making is "http" there.</summary>
internal static class ServerAddresses
{
    internal static bool SayHttps(IEnumerable<string> addresses, EndPoint endPoint) => addresses
        .Select(BindingAddress.Parse)
        .Any(address => address.Scheme == Uri.UriSchemeHttps && endPoint switch
        {
            IPEndPoint ip => !address.IsUnixPipe && address.Port == ip.Port,
            UnixDomainSocketEndPoint unix => address.IsUnixPipe && address.UnixPipePath == unix.ToString(),
            _ => false,
        });
}
