namespace Recluster.WarmUp;

/// <summary>
/// The request of the warm-up's own. It is answered by the worker itself before the app sees it: what the app does with a path that it never
/// named (a catch-all route, a login, a quota) is nothing to be caused by default.
/// </summary>
internal static class WarmUpProbe
{
    internal const string Path = "/.well-known/recluster/warm-up";

    internal const int Status = 200;

    internal static HttpRequestMessage For(WarmUpTarget target)
    {
        // With the headers that clients send, so that their parsing is compiled too.
        var request = target.CreateRequest(HttpMethod.Get, Path);
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        request.Headers.TryAddWithoutValidation("User-Agent", "Recluster");
        return request;
    }

    /// <summary>For what happens when a connection comes and goes.</summary>
    internal static HttpRequestMessage OnItsOwnConnection(WarmUpTarget target)
    {
        var request = For(target);
        request.Headers.ConnectionClose = true;
        return request;
    }
}
