using BenchApi;
using Recluster;
using WorkerZoo;

// An app that uses Recluster as any other does, and misbehaves on request: see Vice.
EarlyChild.Start(args);
EarlyChanges.Apply();

var builder = WebApplication.CreateBuilder(new WebApplicationOptions
{
    Args = args,
    ContentRootPath = args.Contains("--Zoo:RootIsProgram=true") ? AppContext.BaseDirectory : null,
});
var vices = Vices.From(builder.Configuration);
vices.ApplyBeforeHost();

builder.Services.AddRecluster(o =>
{
    o.Workers = 2;
    WarmUpRoutes.Configure(o, builder.Configuration);
});
builder.Services.AddSingleton(ControlChannel.OfThisProcess);
builder.Services.AddSingleton<HostedCounter>();
builder.Services.AddHostedService(provider => provider.GetRequiredService<HostedCounter>());
ZooEndpoints.Configure(builder, vices);
vices.ApplyToServices(builder.Services);
ClusterRoutes.AddServices(builder);
OwnServer.Configure(builder);
SelfStopRoutes.AddServices(builder);

var app = builder.Build();
await MasterGates.BeforeRunAsync(builder.Configuration);
await MasterGates.CallAsync(app);
if (!vices.Has(Vice.NoReclusterWorker))
{
    app.UseReclusterWorker();
}

WarmUpRoutes.Use(app);
ZooRoutes.Map(app);
app.MapLoadRoutes();
AdminRoutes.Map(app);
ClusterRoutes.Map(app);
LifeRoutes.Map(app);
LongLivedRoutes.Map(app);
SelfStopRoutes.Map(app);
WarmUpRoutes.Map(app);
if (vices.Has(Vice.DoesNotWait))
{
    await app.StartAsync();
    return 0;
}

app.Run();
await MasterGates.AfterRunAsync(builder.Configuration);
return vices.ExitCode;
