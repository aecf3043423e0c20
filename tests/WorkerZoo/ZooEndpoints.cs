using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Recluster;

namespace WorkerZoo;

/// <summary>
/// Endpoints in code. Zoo:Listen lists them, parted by semicolons: "any:PORT", "localhost:PORT", "https:PORT", "h2c:PORT" (HTTP/2
/// only), "mtls:PORT" (HTTPS that wants a client certificate), "h3:PORT" (HTTP/3 and less), "unix:PATH". Without it the usual configuration decides.
/// Zoo:Removes: "file" removes the socket's file before, as many samples do, "folder" its folder. Zoo:OwnPort: a port that each worker opens itself.
/// </summary>
internal static class ZooEndpoints
{
    private static TcpListener? _own; // For the life of the process.

    internal static void Configure(WebApplicationBuilder builder, Vices vices)
    {
        var listen = builder.Configuration["Zoo:Listen"] ?? "";
        if (vices.Has(Vice.ListensElsewhere))
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            listen = $"any:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        if (vices.Has(Vice.DropsAnEndpoint))
        {
            builder.WebHost.UseUrls(builder.Configuration["urls"]!.Split(';')[0]);
        }

        if (builder.Configuration.GetValue<int?>("Zoo:OwnPort") is { } own && ReclusterProcess.IsWorker)
        {
            _own = new TcpListener(IPAddress.Loopback, own);
            _own.Start();
        }

        foreach (var entry in listen.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var kind = entry[..entry.IndexOf(':', StringComparison.Ordinal)];
            var place = entry[(kind.Length + 1)..];
            if (kind == "unix")
            {
                Remove(place, builder.Configuration["Zoo:Removes"]);
            }

            builder.WebHost.ConfigureKestrel(kestrel => Add(kestrel, kind, place));
        }
    }

    private static void Add(KestrelServerOptions kestrel, string kind, string place)
    {
        switch (kind)
        {
            case "any":
                kestrel.ListenAnyIP(Port(place));
                break;
            case "localhost":
                kestrel.ListenLocalhost(Port(place));
                break;
            case "https":
                kestrel.Listen(IPAddress.Loopback, Port(place), endpoint => endpoint.UseHttps(CreateCertificate()));
                break;
            case "mtls":
                kestrel.Listen(IPAddress.Loopback, Port(place), endpoint => endpoint.UseHttps(
                    CreateCertificate(), https => https.ClientCertificateMode = ClientCertificateMode.RequireCertificate));
                break;
            case "h3":
                kestrel.Listen(IPAddress.Loopback, Port(place), endpoint =>
                {
                    endpoint.Protocols = HttpProtocols.Http1AndHttp2AndHttp3;
                    endpoint.UseHttps(CreateCertificate());
                });
                break;
            case "h2c":
                kestrel.Listen(IPAddress.Loopback, Port(place), endpoint => endpoint.Protocols = HttpProtocols.Http2);
                break;
            case "unix":
                kestrel.ListenUnixSocket(place);
                break;
            default:
                throw new ArgumentException($"Zoo:Listen has no kind '{kind}'.");
        }
    }

    /// <summary>As samples do before ListenUnixSocket: in the master and in each worker.</summary>
    private static void Remove(string path, string? what)
    {
        if (what == "file" && File.Exists(path))
        {
            File.Delete(path);
        }
        else if (what == "folder")
        {
            var folder = Path.GetDirectoryName(path)!;
            Directory.Move(folder, $"{folder}.{Environment.ProcessId}"); // In one step; removing it entry by entry would race with the master.
            Directory.CreateDirectory(folder);
        }
    }

    private static int Port(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
