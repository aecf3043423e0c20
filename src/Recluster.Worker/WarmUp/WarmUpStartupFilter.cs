using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Recluster.WarmUp;

/// <summary>Puts the warm-up's middleware around the whole pipeline.</summary>
internal sealed class WarmUpStartupFilter(WarmUpMiddleware middleware) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(middleware.Wrap);
        next(app);
    };
}
