using Microsoft.Extensions.Hosting.Systemd;
using Recluster;
using WorkerZoo.Logging;

// An app that logs as Zoo:Logger says, set up above or below AddRecluster (Zoo:LoggerFirst).
var builder = WebApplication.CreateBuilder(args);
var logger = builder.Configuration["Zoo:Logger"] ?? "console";
var isFirst = builder.Configuration.GetValue("Zoo:LoggerFirst", false);
if (isFirst)
{
    Loggers.Add(builder, logger);
}

builder.Services.AddRecluster(o => o.WarmUp.Paths.Add("/warmed"));
if (!isFirst)
{
    Loggers.Add(builder, logger);
}

var app = builder.Build();
app.UseReclusterWorker();
app.MapGet("/", (IReclusterWorker worker) => new { Slot = worker.Id, Pid = Environment.ProcessId, worker.Generation, MasterPid = 0 });
app.MapGet("/warmed", () => "warm");
app.MapGet("/log", (string text, ILogger<Program> log) =>
{
    AppLog.Says(log, text);
    AppLog.Failed(log, text, new InvalidOperationException("a reason\nin two lines"));
});
app.MapGet("/systemd", () => new
{
    IsService = SystemdHelpers.IsSystemdService(),
    ExecPid = Environment.GetEnvironmentVariable("SYSTEMD_EXEC_PID"),
    NotifySocket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET"),
});
app.Run();
