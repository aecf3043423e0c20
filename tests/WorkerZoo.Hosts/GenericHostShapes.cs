namespace WorkerZoo.Hosts;

/// <summary>The generic host with a web host in it.</summary>
internal static class GenericHostShapes
{
    internal static Dictionary<string, Func<string[], Task>> All { get; } = new()
    {
        ["use-startup"] = args => Host.CreateDefaultBuilder(args)
            .ConfigureWebHostDefaults(web => web.UseStartup<Startup>())
            .Build().RunAsync(),
        ["configure-lambda"] = args => Host.CreateDefaultBuilder(args)
            .ConfigureWebHostDefaults(web => web.ConfigureServices(Parts.AddServices).Configure(Parts.Configure))
            .Build().RunAsync(),
        ["configure-services-before-web-host"] = args => Host.CreateDefaultBuilder(args)
            .ConfigureServices(Parts.AddServices)
            .ConfigureWebHostDefaults(web => web.Configure(Parts.Configure))
            .Build().RunAsync(),
        ["configure-services-after-web-host"] = args => Host.CreateDefaultBuilder(args)
            .ConfigureWebHostDefaults(web => web.Configure(Parts.Configure))
            .ConfigureServices(Parts.AddServices)
            .Build().RunAsync(),
        ["configure-web-host"] = args => Bare(args)
            .ConfigureWebHost(web => web.UseKestrel().Configure(Parts.Configure))
            .ConfigureServices(Parts.AddServices)
            .Build().RunAsync(),
        ["host-builder-with-defaults"] = args => new HostBuilder().ConfigureDefaults(args)
            .ConfigureWebHostDefaults(web => web.UseStartup<Startup>())
            .Build().RunAsync(),
    };

    /// <summary>A HostBuilder without the defaults.</summary>
    internal static IHostBuilder Bare(string[] args) => new HostBuilder()
        .ConfigureHostConfiguration(configuration => configuration.AddEnvironmentVariables().AddCommandLine(args))
        .ConfigureLogging(logging => logging.AddConsole());
}
