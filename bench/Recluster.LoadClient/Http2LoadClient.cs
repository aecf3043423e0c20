using System.Net;
using System.Net.Sockets;

namespace Recluster.LoadClient;

/// <summary>Requests over HTTP/2, several clients on one connection. See <see cref="LoadMode.Http2"/> for what that leaves to HttpClient.</summary>
internal sealed class Http2LoadClient(LoadOptions options, Http2Connections connections) : ILoadClient
{
    private readonly Uri _uri = new($"{(options.Target.Tls ? "https" : "http")}://{options.Target.Host}{options.Path}");

    public async Task<Exchange> ExchangeAsync()
    {
        using var limit = new CancellationTokenSource(options.ResponseTimeout);
        using var request = new HttpRequestMessage(new HttpMethod(options.Method), _uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = options.Body.IsEmpty ? null : new ReadOnlyMemoryContent(options.Body),
        };
        var begun = false;
        try
        {
            using var response = await connections.Invoker.SendAsync(request, limit.Token);
            begun = true;
            return Exchange.Of((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(limit.Token), options.Complaint);
        }
        catch (OperationCanceledException e)
        {
            return new(Outcome.Timeout, null, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            var outcome = begun ? Outcome.Truncated : OutcomeOf(e);
            return new(outcome, null, $"HTTP/2: {e.Message} {e.InnerException?.Message}");
        }
    }

    public ValueTask DisposeAsync()
    {
        connections.Dispose();
        return default;
    }

    private static Outcome OutcomeOf(Exception e) => e switch
    {
        HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => Outcome.Refused,
        HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.TimedOut } } => Outcome.ConnectTimeout,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Outcome.ResetBeforeFirstByteFresh,
        _ => Outcome.ResetBeforeFirstByteReused,
    };
}
