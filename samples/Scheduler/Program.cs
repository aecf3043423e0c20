using Recluster;
using Scheduler;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddRecluster(o => o.Workers = 2);
builder.Services.AddReclusterMasterService<Clock>(); // Runs once, in the master. AddHostedService would run it in every worker.
builder.Services.AddSingleton<LastTick>();
builder.Services.AddHostedService(services => services.GetRequiredService<LastTick>());

var app = builder.Build();
app.UseReclusterWorker();
app.MapGet("/", (IReclusterWorker worker, LastTick last) => $"slot {worker.Id}: {last.Text}");
app.Run();
