namespace Recluster.LoadClient;

/// <summary>How a client uses its connections.</summary>
public enum LoadMode
{
    /// <summary>A fresh connection for each request, which says <c>Connection: close</c>.</summary>
    ConnectionPerRequest,

    /// <summary>One connection for as long as the server lets it live. A think time of zero is flat out.</summary>
    KeepAlive,
}
