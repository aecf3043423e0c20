using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Recluster.Draining;

/// <summary>Puts the drain around the whole pipeline, so that no middleware that answers early escapes it.</summary>
internal sealed class DrainStartupFilter(DrainMiddleware middleware) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(middleware.Wrap);
        next(app);
    };
}
