namespace WorkerZoo.Hosts;

/// <summary>Several hosts in one process, at once or one after the other.</summary>
internal static class SeveralHostsShapes
{
    internal static Dictionary<string, Func<string[], Task>> All { get; } = new()
    {
        ["two-with-recluster"] = args => Task.WhenAll(WebApplicationShapes.Build(args).RunAsync(), Second(addRecluster: true).RunAsync()),
        ["two-with-recluster-started"] = async args =>
        {
            await using var first = WebApplicationShapes.Build(args);
            await using var second = Second(addRecluster: true);
            await first.StartAsync();
            await second.StartAsync();
            await first.WaitForShutdownAsync();
            await second.StopAsync();
        },
        ["one-of-two-with-recluster"] = args => Task.WhenAll(WebApplicationShapes.Build(args).RunAsync(), Second(addRecluster: false).RunAsync()),
        ["built-and-never-started"] = args =>
        {
            _ = Second(addRecluster: true);
            return WebApplicationShapes.Build(args).RunAsync();
        },
        ["run-twice"] = async args =>
        {
            await WebApplicationShapes.Build(args).RunAsync();
            await WebApplicationShapes.Build(args).RunAsync();
        },
        ["never-run"] = args =>
        {
            _ = WebApplicationShapes.Build(args);
            return Task.CompletedTask;
        },
    };

    private static WebApplication Second(bool addRecluster)
    {
        var builder = WebApplication.CreateBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Services.AddHostedService<SecondCounter>();
        if (addRecluster)
        {
            builder.Services.AddRecluster();
        }

        var app = builder.Build();
        if (addRecluster)
        {
            app.UseReclusterWorker();
        }

        app.MapGet("/", () => $$"""{"slot":0,"pid":{{Environment.ProcessId}},"generation":0,"masterPid":0}""");
        return app;
    }
}
