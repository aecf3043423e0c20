using System.Net;
using Recluster;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddRecluster(o => o.Workers = 4);
builder.Services.AddHostedService<Consumer>();

var app = builder.Build();
app.UseReclusterWorker();

// Which worker answers?
app.MapGet("/", (IReclusterWorker worker) => new { Slot = worker.Id, Pid = Environment.ProcessId, worker.Generation });

// A request that takes its time, to see a reload wait for it.
app.MapGet("/slow", async (int ms, IReclusterWorker worker) =>
{
    await Task.Delay(Math.Clamp(ms, 0, 60_000));
    return new { Slot = worker.Id, Pid = Environment.ProcessId, worker.Generation };
});

// What steers the cluster is for this machine alone; for anyone else it is not there. Behind a proxy every request comes from the proxy's
// address: use RequireAuthorization there.
var admin = app.MapGroup("/admin").AddEndpointFilter(async (context, next) =>
{
    var client = context.HttpContext.Connection.RemoteIpAddress;
    return client is not null && IPAddress.IsLoopback(client) ? await next(context) : Results.NotFound();
});

// The cluster, as seen from whichever worker answers.
admin.MapGet("/workers", (IReclusterControl cluster) => cluster.Workers);

// The same as `kill -USR2 <master>`.
admin.MapPost("/reload", (IReclusterControl cluster) => cluster.ReloadAsync());

if (app.Environment.IsDevelopment())
{
    app.MapGet("/crash", () => Environment.FailFast("/crash was asked for."));
}

app.Run();

/// <summary>Named so that tests can host the app with WebApplicationFactory&lt;Program&gt;.</summary>
public partial class Program;
