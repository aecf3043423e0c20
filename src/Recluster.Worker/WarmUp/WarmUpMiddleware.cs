using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Recluster.WarmUp;

/// <summary>Keeps warm-up requests out of metrics and traces, and answers those of the warm-up's own before the app sees them.</summary>
internal sealed class WarmUpMiddleware(WarmUpPhase phase)
{
    private static readonly byte[] Answer = "warm"u8.ToArray();

    internal RequestDelegate Wrap(RequestDelegate next) => context =>
        phase.IsOn && context.Features.Get<IReclusterWarmUpFeature>() is not null ? HandleAsync(context, next) : next(context);

    private static Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            metrics.MetricsDisabled = true;
        }

        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } activity)
        {
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded; // What exporters look at.
        }

        if (context.Request.Path != WarmUpProbe.Path)
        {
            return next(context);
        }

        context.Response.StatusCode = WarmUpProbe.Status;
        context.Response.ContentType = "text/plain";
        return context.Response.Body.WriteAsync(Answer).AsTask();
    }
}
