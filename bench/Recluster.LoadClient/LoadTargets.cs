namespace Recluster.LoadClient;

/// <summary>The endpoints of a server that loads of every kind are for.</summary>
/// <param name="Http">HTTP/1.1 in clear text.</param>
/// <param name="Tls">HTTP/1.1 and HTTP/2 over TLS; null where there is none.</param>
/// <param name="Http2">HTTP/2 in clear text, by prior knowledge; null where there is none.</param>
public sealed record LoadTargets(LoadTarget Http, LoadTarget? Tls = null, LoadTarget? Http2 = null);
