using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.WarmUp;

namespace Recluster.Worker.Tests.WarmUp;

public sealed class QuietFrameworkTests : IDisposable
{
    private const string Framework = "Microsoft.AspNetCore.Hosting.Diagnostics";

    private readonly WarmUpPhase _phase = new();
    private ServiceProvider? _services;

    public void Dispose() => _services?.Dispose();

    [Fact]
    public void While_the_worker_warms_up_the_framework_says_nothing_below_warning_and_everybody_else_goes_on()
    {
        var factory = Factory(_ => { });
        _phase.IsOn = true;

        Assert.False(factory.CreateLogger(Framework).IsEnabled(LogLevel.Information));
        Assert.True(factory.CreateLogger(Framework).IsEnabled(LogLevel.Warning));
        Assert.True(factory.CreateLogger("App").IsEnabled(LogLevel.Information));

        _phase.IsOn = false;
        Assert.True(factory.CreateLogger(Framework).IsEnabled(LogLevel.Information));
    }

    [Fact]
    public void The_host_says_nothing_of_its_life_whatever_rule_a_provider_has_for_itself()
    {
        var factory = Factory(logging => logging.AddFilter<Provider>(null, LogLevel.Trace));

        Assert.False(factory.CreateLogger(QuietFramework.HostLifetime).IsEnabled(LogLevel.Information));
        Assert.True(factory.CreateLogger(QuietFramework.HostLifetime).IsEnabled(LogLevel.Warning));
        Assert.True(factory.CreateLogger("App").IsEnabled(LogLevel.Information));
    }

    [Fact]
    public void The_rules_of_the_app_stay_as_they_are()
    {
        var factory = Factory(logging => logging
            .SetMinimumLevel(LogLevel.Error)
            .AddFilter("App", LogLevel.Debug)
            .AddFilter("App.Secret", _ => false)
            .AddFilter<Provider>("Microsoft", LogLevel.Trace));

        Assert.False(factory.CreateLogger("Other").IsEnabled(LogLevel.Warning));
        Assert.True(factory.CreateLogger("Other").IsEnabled(LogLevel.Error));
        Assert.True(factory.CreateLogger("App.Part").IsEnabled(LogLevel.Debug));
        Assert.False(factory.CreateLogger("App.Part").IsEnabled(LogLevel.Trace));
        Assert.False(factory.CreateLogger("App.Secret").IsEnabled(LogLevel.Critical));
        Assert.True(factory.CreateLogger(Framework).IsEnabled(LogLevel.Trace));
        _phase.IsOn = true;
        Assert.False(factory.CreateLogger(Framework).IsEnabled(LogLevel.Trace));
    }

    private ILoggerFactory Factory(Action<ILoggingBuilder> configure)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging =>
        {
            logging.AddProvider(new Provider());
            configure(logging);
        });
        services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(new QuietFramework(_phase));
        _services = services.BuildServiceProvider();
        return _services.GetRequiredService<ILoggerFactory>();
    }

    private sealed class Provider : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }
}
