using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace WorkerZoo.Hosts;

#pragma warning disable ASPDEPR004, ASPDEPR008 // The obsolete ways are what this is about.

/// <summary>Shapes that no cluster can be made of.</summary>
internal static class LegacyShapes
{
    internal static Dictionary<string, Func<string[], Task>> All { get; } = new()
    {
        ["web-host-default-builder"] = args => WebHost.CreateDefaultBuilder(args).UseStartup<Startup>().Build().RunAsync(),
        ["web-host-builder"] = args => new WebHostBuilder()
            .UseConfiguration(new ConfigurationBuilder().AddCommandLine(args).Build())
            .ConfigureLogging(logging => logging.AddConsole())
            .UseKestrel()
            .ConfigureServices(Parts.AddServices)
            .Configure(Parts.Configure)
            .Build().RunAsync(),
        ["kestrel-server-by-hand"] = args =>
        {
            var builder = WebApplication.CreateBuilder(args);
            builder.Services.AddSingleton<IServer, KestrelServer>();
            return WebApplicationShapes.Build(builder).RunAsync();
        },
    };
}
