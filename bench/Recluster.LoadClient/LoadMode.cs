namespace Recluster.LoadClient;

/// <summary>How a client uses its connections.</summary>
public enum LoadMode
{
    /// <summary>A fresh connection for each request, which says <c>Connection: close</c>.</summary>
    ConnectionPerRequest,

    /// <summary>One connection for as long as the server lets it live. A think time of zero is flat out.</summary>
    KeepAlive,

    /// <summary>A WebSocket, on which a message is sent and its echo awaited.</summary>
    WebSocket,

    /// <summary>A stream of server-sent events; each event that follows on the one before counts as a request.</summary>
    EventStream,

    /// <summary>
    /// HTTP/2, four clients to a connection. Carried by HttpClient, which repeats by itself only what the server's GOAWAY has declared
    /// unprocessed, as every client of HTTP/2 does (RFC 9113, 6.8).
    /// </summary>
    Http2,
}
