namespace WorkerZoo.Hosts;

/// <summary>The classic Startup class: AddRecluster in one method, UseReclusterWorker in the other.</summary>
internal sealed class Startup
{
#pragma warning disable CA1822 // The convention wants instance methods.
    public void ConfigureServices(IServiceCollection services) => Parts.AddServices(services);

    public void Configure(IApplicationBuilder app) => Parts.Configure(app);
#pragma warning restore CA1822
}
