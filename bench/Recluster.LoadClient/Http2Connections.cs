using System.Net.Security;

namespace Recluster.LoadClient;

/// <summary>A connection that several clients share, and leave one after the other.</summary>
internal sealed class Http2Connections(LoadOptions options, int users) : IDisposable
{
    private int _users = users;

    internal HttpMessageInvoker Invoker { get; } = new(new SocketsHttpHandler
    {
        ConnectTimeout = options.ConnectTimeout,
        UseProxy = false,
        UseCookies = false,
#pragma warning disable CA5359 // A server of our own.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
    });

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            Invoker.Dispose();
        }
    }
}
