// The app under measurement. With "--cluster N" it has the two lines of Recluster; without, it never heard of it.
var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var workers = builder.Configuration.GetValue<int?>("cluster");
if (workers is { } count)
{
    builder.Services.AddRecluster(o => o.Workers = count);
}

var app = builder.Build();
if (workers is not null)
{
    app.UseReclusterWorker();
}

app.MapGet("/", () => "hello");
app.MapGet("/worker", () => Environment.GetEnvironmentVariable("WORKER_ID"));
app.Run();
