using BenchApi;
using Recluster;

// The app under measurement. With "--cluster N" it has the two lines of Recluster; without, it never heard of it.
var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.AddBenchEndpoints();
var workers = builder.Configuration.GetValue<int?>("cluster");
if (workers is { } count)
{
    builder.Services.AddRecluster(o => o.Workers = count);
}

var app = builder.Build();
if (workers is not null)
{
    app.UseReclusterWorker();
    app.MapPost("/admin/reload", (IReclusterControl cluster) => cluster.ReloadAsync());
}

app.MapGet("/", () => "hello");
app.MapGet("/worker", () => Environment.GetEnvironmentVariable("WORKER_ID"));
app.MapGet("/item", () => new { Id = 42, Name = "an item", Price = 9.95 });
app.MapLoadRoutes();
app.Run();
