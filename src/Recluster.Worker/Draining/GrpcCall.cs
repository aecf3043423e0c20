using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Recluster.Draining;

/// <summary>
/// The end of a gRPC call that the server cannot wait for any longer: status 14, UNAVAILABLE, in the trailers. It says that the call may be made
/// again, which a reset of the stream or the connection does not.
/// </summary>
internal static class GrpcCall
{
    private const string Status = "grpc-status";
    private const string MediaType = "application/grpc";
    private const string Ok = "0";
    private const string Unavailable = "14";

    /// <summary>gRPC-Web is not meant: it has its status in the body.</summary>
    internal static bool Is(HttpRequest request) =>
        request.ContentType is { } type
        && type.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase)
        && !type.StartsWith(MediaType + "-web", StringComparison.OrdinalIgnoreCase);

    /// <summary>A handler that waits for the client's next message mostly passes no token. Its read fails as if the client had gone.</summary>
    internal static void EndReading(HttpContext context) => context.Features.Get<IRequestBodyPipeFeature>()?.Reader.CancelPendingRead();

    /// <summary>
    /// Corrects the status of a call that has ended because it was told to. One that the app completed all the same keeps its own: a response that
    /// began after the goodbye and ended well is the single message of a unary call.
    /// </summary>
    internal static void CorrectStatus(HttpContext context, bool hadStarted)
    {
        var response = context.Response;
        if (!response.HasStarted)
        {
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = MediaType;
            Set(response.Headers);
        }
        else if (context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } trailers
            && (hadStarted || trailers[Status] != Ok))
        {
            Set(trailers);
        }
    }

    /// <summary>Completes the response in place of a handler that does not end.</summary>
    /// <returns>False where the response can take no status any more.</returns>
    internal static async Task<bool> TryCompleteAsync(HttpContext context, TimeProvider time)
    {
        try
        {
            CorrectStatus(context, hadStarted: true);
            await context.Response.CompleteAsync().WaitAsync(ConnectionCloser.Grace / 2, time);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or ObjectDisposedException or OperationCanceledException or TimeoutException)
        {
            return false; // The handler writes at this very moment, or the client does not read.
        }
    }

    private static void Set(IHeaderDictionary headers)
    {
        headers[Status] = Unavailable;
        headers["grpc-message"] = "The server is shutting down.";
    }
}
