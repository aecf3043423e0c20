using System.Globalization;
using System.Net;

namespace Recluster.WarmUp;

/// <summary>An endpoint by a protocol that it has been found to speak.</summary>
internal sealed record WarmUpTarget(WarmUpEndpoint Endpoint, WarmUpClient Client, bool IsHttps, Version Version)
{
    internal HttpRequestMessage CreateRequest(HttpMethod method, string pathAndQuery)
    {
        var port = Endpoint.Port is { } number ? ":" + number.ToString(CultureInfo.InvariantCulture) : "";
        return new HttpRequestMessage(method, new Uri($"{(IsHttps ? "https" : "http")}://localhost{port}{pathAndQuery}"))
        {
            Version = Version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    internal bool IsHttp2 => Version == HttpVersion.Version20;

    public override string ToString() => $"{(IsHttps ? "https" : "http")} {Endpoint.EndPoint} HTTP/{Version}";
}
