namespace WorkerZoo.Hosts;

/// <summary>WebApplication: its three builders, and the ways to run it.</summary>
internal static class WebApplicationShapes
{
    internal static Dictionary<string, Func<string[], Task>> All { get; } = new()
    {
        ["create-builder"] = args => Build(args).RunAsync(),
        ["create-slim-builder"] = args => Build(WebApplication.CreateSlimBuilder(args)).RunAsync(),
        ["create-empty-builder"] = args => Build(Empty(args)).RunAsync(),
        ["run-url"] = args => Build(args).RunAsync("http://127.0.0.1:0"),
        ["run"] = args =>
        {
            Build(args).Run();
            return Task.CompletedTask;
        },
        ["start-and-wait-for-shutdown"] = async args =>
        {
            await using var app = Build(args);
            await app.StartAsync();
            await app.WaitForShutdownAsync();
        },
        ["start-and-read-a-line"] = async args =>
        {
            await using var app = Build(args);
            app.Start();
            Console.ReadLine();
            await app.StopAsync();
        },
        ["start-and-loop"] = async args =>
        {
            await using var app = Build(args);
            await app.StartAsync();
            await Task.Delay(Timeout.Infinite);
        },
        ["add-recluster-twice"] = args =>
        {
            var builder = WebApplication.CreateBuilder(args);
            builder.Services.AddRecluster();
            return Build(builder).RunAsync();
        },
        ["services-concurrently"] = args =>
        {
            var builder = WebApplication.CreateBuilder(args);
            builder.Services.Configure<HostOptions>(o => (o.ServicesStartConcurrently, o.ServicesStopConcurrently) = (true, true));
            return Build(builder).RunAsync();
        },
        ["validate-scopes"] = args =>
        {
            var builder = WebApplication.CreateBuilder(args);
            builder.Host.UseDefaultServiceProvider(o => (o.ValidateOnBuild, o.ValidateScopes) = (true, true));
            return Build(builder).RunAsync();
        },
    };

    internal static WebApplication Build(string[] args) => Build(WebApplication.CreateBuilder(args));

    internal static WebApplication Build(WebApplicationBuilder builder)
    {
        Parts.AddServices(builder.Services);
        return Parts.Map(builder.Build());
    }

    private static WebApplicationBuilder Empty(string[] args)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = args });
        builder.WebHost.UseKestrelCore();
        Parts.AddDefaults(builder.Configuration, builder.Logging, args);
        return builder;
    }
}
