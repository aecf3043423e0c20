using System.Net;
using Microsoft.Extensions.Logging;

namespace Recluster.WarmUp;

/// <summary>What a worker logs of its warm-up, category "Recluster.Worker". Ids 120 to 129; an id is never given a new meaning.</summary>
internal static partial class WarmUpLog
{
    [LoggerMessage(120, LogLevel.Warning, "Warm-up: {Request} {Failure}. It is not sent again, and the worker becomes ready all the same. Correct the app or Recluster:WarmUp (the request's Status if this is the right one, its Host header if the host is refused).", EventName = "WarmUpFailed")]
    internal static partial void Failed(ILogger logger, string request, string failure);

    [LoggerMessage(121, LogLevel.Warning, "Warm-up: OnWarmUp {Failure}. The worker becomes ready all the same.", EventName = "WarmUpCallbackFailed")]
    internal static partial void CallbackFailed(ILogger logger, string failure, Exception? exception);

    [LoggerMessage(122, LogLevel.Critical, "Warm-up is required (Recluster:WarmUp:IsRequired), and {Failures}. This worker ends.", EventName = "RequiredWarmUpFailed")]
    internal static partial void RequiredFailed(ILogger logger, string failures);

    [LoggerMessage(123, LogLevel.Information, "Warm-up: {EndPoint} answers no request from within ({Failure}), so its first connections find it cold.", EventName = "WarmUpEndpointSkipped")]
    internal static partial void EndpointSkipped(ILogger logger, EndPoint endPoint, string failure);

    [LoggerMessage(124, LogLevel.Information, "Warm-up: TimeLimit ({TimeLimit}) was reached after {Answered} of {Count} {Request}.", EventName = "WarmUpCutShort")]
    internal static partial void CutShort(ILogger logger, TimeSpan timeLimit, int answered, int count, string request);

    [LoggerMessage(125, LogLevel.Warning, "Warm-up: requests that were given up still run; they do not watch HttpContext.RequestAborted. Serving begins beside them.", EventName = "WarmUpLeftBehind")]
    internal static partial void LeftBehind(ILogger logger);

    [LoggerMessage(126, LogLevel.Debug, "Warmed up: {Requests} requests in {Milliseconds} ms, {Pauses} pauses for the compiler.", EventName = "WarmedUp")]
    internal static partial void Done(ILogger logger, int requests, double milliseconds, int pauses);

    [LoggerMessage(127, LogLevel.Error, "Warm-up broke off; the worker becomes ready all the same.", EventName = "WarmUpBroken")]
    internal static partial void Broken(ILogger logger, Exception exception);

    [LoggerMessage(128, LogLevel.Information, "Warm-up is cut short: no other worker serves, so each request is sent once and nothing waits for the compiler.", EventName = "WarmUpInHaste")]
    internal static partial void InHaste(ILogger logger);
}
