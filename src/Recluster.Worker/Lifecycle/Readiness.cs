using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Protocol;
using Recluster.WarmUp;

namespace Recluster.Lifecycle;

/// <summary>Says "ready" to the master, once, when what <see cref="ReadyWhen"/> asks for has come true and the warm-up is over.</summary>
internal sealed class Readiness(
    WorkerSettings settings,
    WorkerIdentity identity,
    Lazy<MessageChannel> channel,
    IHostApplicationLifetime lifetime,
    WarmUpRunner warmUp,
    IServiceProvider services,
    TimeProvider time,
    ILoggerFactory loggerFactory)
{
    // Several checks may be unhealthy, and each is to be named.
    private const int MaxDescription = 200;

    private static readonly TimeSpan HealthInterval = TimeSpan.FromMilliseconds(250);

    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");

    internal void Begin()
    {
        Tell("its hosted services and its server to start");
        switch (settings.ReadyWhen)
        {
            case ReadyWhen.Listening:
                break; // ReportListening says it.
            case ReadyWhen.Started:
                lifetime.ApplicationStarted.Register(Report);
                break;
            case ReadyWhen.Ready:
                lifetime.ApplicationStarted.Register(() => _ = AwaitSignalAsync());
                break;
            case ReadyWhen.Healthy:
                lifetime.ApplicationStarted.Register(() => _ = AwaitHealthAsync());
                break;
        }
    }

    internal void ReportListening()
    {
        if (settings.ReadyWhen == ReadyWhen.Listening)
        {
            Report();
        }
    }

    private async Task AwaitSignalAsync()
    {
        if (!identity.ReadySignalled.IsCompleted)
        {
            Wait("the app to call IReclusterWorker.SignalReady() (ReadyWhen is Ready)");
            await identity.ReadySignalled;
        }

        Report();
    }

    private async Task AwaitHealthAsync()
    {
        if (services.GetService<HealthCheckService>() is not { } health)
        {
            Wait("health checks, but none are registered: call builder.Services.AddHealthChecks(), or set Recluster:ReadyWhen to another mode");
            return;
        }

        string[] ofCluster = [.. services.GetServices<ClusterCheck>().Select(check => check.Name)];
        string? last = null;
        while (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            var report = await health.CheckHealthAsync(check => !ofCluster.Contains(check.Name), lifetime.ApplicationStopping);
            if (report.Status != HealthStatus.Unhealthy)
            {
                Report();
                return;
            }

            var unhealthy = "health checks: " + string.Join("; ", report.Entries
                .Where(entry => entry.Value.Status == HealthStatus.Unhealthy)
                .Select(entry => $"{entry.Key} is unhealthy ({Describe(entry.Value)})"));
            if (unhealthy != last)
            {
                last = unhealthy;
                Wait(unhealthy);
            }

            await Task.Delay(HealthInterval, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string Describe(HealthReportEntry entry) =>
        FreeText.Cut(entry.Description ?? entry.Exception?.Message ?? "no description", MaxDescription);

    private void Wait(string what)
    {
        what = FreeText.Line(what);
        WorkerLog.WaitingForReady(_logger, what);
        Tell(what);
    }

    /// <summary>For the reason that the master gives if time runs out.</summary>
    private void Tell(string what) => channel.Value.Send(new Message.Waiting(what));

    private void Report() => _ = ReportAsync();

    private async Task ReportAsync()
    {
        Tell("its warm-up to end");
        if (await warmUp.RunAsync())
        {
            await (ReclusterProcess.Output?.RestoreAsync(time) ?? Task.CompletedTask);
            channel.Value.Send(new Message.Ready());
        }
    }
}
