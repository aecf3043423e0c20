namespace Recluster.WarmUp;

/// <summary>The HTTP client of one endpoint: no proxy, no cookies, no redirection, no traces, no metrics, and any certificate.</summary>
internal sealed class WarmUpClient : IDisposable
{
    private readonly PrivateMeters _meters = new();
    private readonly HttpMessageInvoker _invoker;

    internal WarmUpClient(Func<CancellationToken, ValueTask<Stream>> connect)
    {
        var handler = new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            ConnectCallback = (_, cancellationToken) => connect(cancellationToken),
            MeterFactory = _meters,
            UseCookies = false,
            UseProxy = false,
        };
#pragma warning disable CA5359 // The other end is this very process.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Sends a request and reads its response to the end.</summary>
    internal async Task<(int Status, Version Version)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await _invoker.SendAsync(request, cancellationToken);
        await response.Content.CopyToAsync(Stream.Null, cancellationToken);
        return ((int)response.StatusCode, response.Version);
    }

    public void Dispose()
    {
        _invoker.Dispose();
        _meters.Dispose();
    }
}
