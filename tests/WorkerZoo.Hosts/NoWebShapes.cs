namespace WorkerZoo.Hosts;

/// <summary>Hosts without a web server.</summary>
internal static class NoWebShapes
{
    internal static Dictionary<string, Func<string[], Task>> All { get; } = new()
    {
        ["create-application-builder"] = args => Build(Host.CreateApplicationBuilder(args)).RunAsync(),
        ["create-empty-application-builder"] = args =>
        {
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { Args = args });
            Parts.AddDefaults(builder.Configuration, builder.Logging, args);
            return Build(builder).RunAsync();
        },
        ["bare-host-builder"] = args =>
            GenericHostShapes.Bare(args).ConfigureServices(Parts.AddServices).Build().UseReclusterWorker().RunAsync(),
    };

    private static IHost Build(HostApplicationBuilder builder)
    {
        Parts.AddServices(builder.Services);
        return builder.Build().UseReclusterWorker();
    }
}
