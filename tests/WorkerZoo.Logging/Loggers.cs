using NLog;
using NLog.Config;
using NLog.Extensions.Logging;
using NLog.Web;
using Serilog;

namespace WorkerZoo.Logging;

/// <summary>The ways in which apps log. Each line begins with the category, slot and generation in brackets, but for "systemd".</summary>
internal static class Loggers
{
    private const string SerilogTemplate = "[{SourceContext} {WorkerId} {Generation}] {Message:lj}{NewLine}";
    private const string NLogLayout = "[${logger} ${scopeproperty:WorkerId} ${scopeproperty:Generation}] ${message}";

    internal static void Add(WebApplicationBuilder builder, string logger)
    {
        switch (logger)
        {
            case "console":
                break;
            case "console-after-clear":
                builder.Logging.ClearProviders().AddSimpleConsole(options => options.SingleLine = options.IncludeScopes = true);
                break;
            case "serilog":
                builder.Services.AddSerilog((_, configuration) => Configure(configuration));
                break;
            case "serilog-host":
                builder.Host.UseSerilog((_, configuration) => Configure(configuration));
                break;
            case "serilog-provider":
                builder.Logging.ClearProviders().AddSerilog(Configure(new LoggerConfiguration()).CreateLogger(), dispose: true);
                break;
            case "nlog":
                LogManager.Setup().LoadConfiguration(Configure);
                builder.Logging.ClearProviders();
                builder.Host.UseNLog();
                break;
            case "nlog-provider":
                LogManager.Setup().LoadConfiguration(Configure);
                builder.Logging.ClearProviders().AddNLog();
                break;
            case "nlog-factory":
                LogManager.Setup().LoadConfiguration(Configure);
                builder.Logging.ClearProviders();
                builder.Host.UseNLog(new NLogAspNetCoreOptions { ReplaceLoggerFactory = true });
                break;
            case "systemd":
                builder.Services.AddSystemd();
                break;
            default:
                throw new ArgumentException($"There is no logger '{logger}'.", nameof(logger));
        }
    }

    private static LoggerConfiguration Configure(LoggerConfiguration configuration) =>
        configuration.Enrich.FromLogContext().WriteTo.Console(outputTemplate: SerilogTemplate, formatProvider: null);

    private static void Configure(ISetupLoadConfigurationBuilder configuration) =>
        configuration.ForLogger(NLog.LogLevel.Info).WriteToConsole(NLogLayout);
}
