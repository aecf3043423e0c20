using Recluster;
using WorkerZoo.Blazor;
using WorkerZoo.Blazor.Components;

// A Blazor Server app and a SignalR hub as anybody would write them, with the two lines.
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddRecluster();
builder.Services.AddSignalR();
builder.Services.AddRazorComponents().AddInteractiveServerComponents();
builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy =>
    policy.SetIsOriginAllowed(_ => true).AllowAnyHeader().AllowAnyMethod().AllowCredentials()));
Tokens.AddServices(builder.Services);
if (builder.Configuration.GetValue<bool>("Zoo:MoveCircuits"))
{
    MovedCircuit.AddServices(builder.Services);
}

builder.WebHost.UseStaticWebAssets(); // They are not published; the environment is Production.

var app = builder.Build();
app.UseReclusterWorker();
if (builder.Configuration["Zoo:PathBase"] is { } pathBase)
{
    app.UsePathBase(pathBase);
    app.UseRouting();
}

app.UseCors();
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();
app.MapStaticAssets();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
app.MapHub<ZooHub>("/hub");
app.MapHub<ZooHub>("/private").RequireAuthorization();
app.MapConnectionHandler<EchoHandler>("/raw");
app.MapGet("/who", (IReclusterWorker worker) => new { Slot = worker.Id, Pid = Environment.ProcessId, worker.Generation });
app.MapGet("/hubs", () => Results.Content(
    "<!doctype html><title>hubs</title><link rel=icon href=data:,><script src=\"/signalr.js\"></script>", "text/html"));
app.MapGet("/signalr.js", () => Results.File(builder.Configuration["Zoo:SignalRScript"]!, "text/javascript"));
app.Run();
