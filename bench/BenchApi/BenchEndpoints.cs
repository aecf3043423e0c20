using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BenchApi;

/// <summary>Endpoints on 127.0.0.1 by flags: <c>--http PORT</c>, <c>--https PORT</c> (a certificate of its own), <c>--h2c PORT</c>.</summary>
internal static class BenchEndpoints
{
    internal static void AddBenchEndpoints(this WebApplicationBuilder builder)
    {
        Listen("http", _ => { });
        Listen("https", endpoint => endpoint.UseHttps(CreateCertificate()));
        Listen("h2c", endpoint => endpoint.Protocols = HttpProtocols.Http2);

        void Listen(string flag, Action<ListenOptions> configure)
        {
            if (builder.Configuration[flag] is { } port)
            {
                builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture), configure));
            }
        }
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
