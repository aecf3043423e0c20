using Recluster;

namespace WorkerZoo.Hosts;

/// <summary>What all shapes share.</summary>
internal static class Parts
{
    internal static void AddServices(IServiceCollection services)
    {
        services.AddRecluster(o => o.Workers = 2);
        services.AddHostedService<Counter>();
        services.AddReclusterMasterService<MasterCounter>();
    }

    internal static void Configure(IApplicationBuilder app)
    {
        app.UseReclusterWorker();
        app.Run(AnswerAsync);
    }

    internal static WebApplication Map(WebApplication app)
    {
        app.UseReclusterWorker();
        ((IApplicationBuilder)app).Run(AnswerAsync);
        return app;
    }

    /// <summary>What a builder without defaults lacks: the arguments and a log.</summary>
    internal static void AddDefaults(IConfigurationBuilder configuration, ILoggingBuilder logging, string[] args)
    {
        configuration.AddEnvironmentVariables().AddCommandLine(args);
        logging.AddConsole();
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/end")
        {
            _ = context.RequestServices.GetRequiredService<IReclusterControl>().StopAsync();
        }

        var worker = context.RequestServices.GetRequiredService<IReclusterWorker>();
        await context.Response.WriteAsync(
            $$"""{"slot":{{worker.Id}},"pid":{{Environment.ProcessId}},"generation":{{worker.Generation}},"masterPid":0}""");
    }
}
