namespace Recluster.Sockets;

/// <summary>What has been learnt of an endpoint from its traffic.</summary>
internal sealed class EndpointTraffic
{
    private volatile bool _isClearTextHttp2;

    /// <summary>
    /// Whether a request came in HTTP/2 without TLS. Then all do: Kestrel speaks either HTTP/1.1 or HTTP/2 where there is no ALPN to choose by.
    /// So a connection there that has carried no request yet is known too.
    /// </summary>
    internal bool IsClearTextHttp2 { get => _isClearTextHttp2; set => _isClearTextHttp2 = value; }
}
