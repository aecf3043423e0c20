using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using WorkerZoo.NoWeb;

// A queue consumer: no web server anywhere.
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddRecluster(o =>
{
    o.Workers = 2;
    o.WarmUp.OnWarmUp = (_, _) => Console.Out.WriteLineAsync("consumer warmed up");
});
builder.Services.AddHostedService<Consumer>();

using var host = builder.Build();
host.UseReclusterWorker();
host.Run();
