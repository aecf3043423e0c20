namespace WorkerZoo.Hosts;

/// <summary>Apps that call AddRecluster and forget UseReclusterWorker.</summary>
internal static class ForgottenShapes
{
    internal static Dictionary<string, Func<string[], Task>> All { get; } = new()
    {
        ["forgotten"] = args =>
        {
            var builder = WebApplication.CreateBuilder(args);
            Parts.AddServices(builder.Services);
            return builder.Build().RunAsync();
        },
        ["forgotten-configure-lambda"] = args => Host.CreateDefaultBuilder(args)
            .ConfigureWebHostDefaults(web => web.ConfigureServices(Parts.AddServices).Configure(_ => { }))
            .Build().RunAsync(),
        ["forgotten-no-web"] = args =>
        {
            var builder = Host.CreateApplicationBuilder(args);
            Parts.AddServices(builder.Services);
            return builder.Build().RunAsync();
        },
    };
}
