using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Hosting.Tests.Support;

namespace Recluster.Hosting.Tests;

/// <summary>AddRecluster where there is no cluster: under a server that is not Kestrel, as in tests of users' apps.</summary>
public class AddReclusterTests
{
    [Fact]
    public async Task All_hosted_services_run_in_their_order_and_are_disposed()
    {
        var told = new List<string>();
        var builder = Builder();
        builder.Services.AddSingleton(told);
        builder.Services.AddSingleton<IHostedService>(_ => new Service("before", told));
        builder.Services.AddRecluster();
        builder.Services.AddSingleton<IHostedService>(_ => new Service("after", told));
        builder.Services.AddSingleton<IHostedService>(new Service("instance", told));

        await using (var app = builder.Build())
        {
            app.UseReclusterWorker();
            await app.StartAsync();
            Assert.Equal(["start before", "start after", "start instance"], told);
            await app.StopAsync();
            Assert.Equal(["stop instance", "stop after", "stop before"], told[3..]);
        }

        Assert.Equal(["dispose after", "dispose before"], told[6..]);
    }

    [Fact]
    public async Task One_line_of_the_log_says_that_the_app_runs_alone_and_why()
    {
        var builder = Builder();
        using var log = new RecordingLogger();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.Services.AddRecluster();
        await using var app = builder.Build();
        await app.StartAsync();

        Assert.Equal(
            $"Recluster runs the app as a single process: the server is {typeof(NoServer).FullName} and not Kestrel.",
            await log.NextAsync("SingleProcess"));
    }

    [Fact]
    public async Task Everything_that_can_be_injected_resolves_and_says_that_there_is_no_cluster()
    {
        var builder = Builder();
        builder.Services.AddRecluster();
        await using var app = builder.Build();
        await app.StartAsync();
        var control = app.Services.GetRequiredService<IReclusterControl>();
        var worker = app.Services.GetRequiredService<IReclusterWorker>();

        var result = await control.ReloadAsync();

        Assert.Equal(ReloadStatus.NotClustered, result.Status);
        Assert.Contains("not Kestrel", result.Reason, StringComparison.Ordinal);
        Assert.Empty(control.Workers);
        Assert.Empty(control.ActiveWorkers);
        Assert.Equal((false, 0, 0), (worker.IsClustered, worker.Id, worker.Generation));
        Assert.False(worker.Draining.IsCancellationRequested);
        Assert.False(control.IsStopping);
        await control.TerminateAsync();
        Assert.True(control.IsStopping);
        Assert.True(worker.Draining.IsCancellationRequested);
    }

    [Fact]
    public void This_process_is_no_worker()
    {
        Assert.False(ReclusterProcess.IsWorker);
        Assert.Null(ReclusterProcess.WorkerId);
        Assert.Null(ReclusterProcess.Generation);
    }

    [Fact]
    public void The_configuration_wins_over_the_code_where_it_says_something()
    {
        var builder = Builder(("Recluster:Workers", "7"), ("Recluster:StartTimeout", "00:00:05"));
        builder.Services.AddRecluster(options => (options.Workers, options.MaxConcurrentStarts) = (3, 2));

        var options = OptionsOf(builder);

        Assert.Equal((7, 2, TimeSpan.FromSeconds(5)), (options.Workers, options.MaxConcurrentStarts, options.StartTimeout));
    }

    [Fact]
    public void Called_twice_the_options_add_up_and_everything_else_is_there_once()
    {
        var builder = Builder();
        builder.Services.AddRecluster(options => (options.Workers, options.MaxConcurrentStarts) = (3, 2));
        var count = builder.Services.Count;

        builder.Services.AddRecluster(options => options.Workers = 4);
        builder.Services.AddRecluster();

        Assert.Equal(count + 1, builder.Services.Count); // The second configure callback.
        Assert.Equal((4, 2), (OptionsOf(builder).Workers, OptionsOf(builder).MaxConcurrentStarts));
    }

    [Fact]
    public void Called_twice_the_configuration_wins_over_the_code_of_both_calls()
    {
        var builder = Builder(("Recluster:Workers", "7"));
        builder.Services.AddRecluster(options => options.Workers = 3);
        builder.Services.AddRecluster(options => options.Workers = 4);

        Assert.Equal(7, OptionsOf(builder).Workers);
    }

    [Fact]
    public async Task Bad_options_fail_the_start_with_all_mistakes_at_once()
    {
        var builder = Builder(("Recluster:Workers", "0"), ("Recluster:MaxConcurrentStarts", "10000"));
        builder.Services.AddRecluster();
        await using var app = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());

        Assert.Equal(2, error.Failures.Count());
    }

    [Fact]
    public void UseReclusterWorker_without_AddRecluster_says_what_to_add()
    {
        using var app = Builder().Build() as IDisposable;

        var error = Assert.Throws<InvalidOperationException>(() => ((IApplicationBuilder)app!).UseReclusterWorker());

        Assert.Contains("builder.Services.AddRecluster()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_a_web_server_runs_alone()
    {
        var told = new List<string>();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddRecluster();
        builder.Services.AddHostedService(_ => new Service("only", told));
        using var host = builder.Build();

        await host.StartAsync();
        await host.StopAsync();

        Assert.Equal(["start only", "stop only"], told);
    }

    [Fact]
    public async Task A_master_service_registered_twice_and_as_a_hosted_service_too_starts_once_and_is_the_one_that_resolves()
    {
        foreach (var isFirst in new[] { true, false })
        {
            var builder = Builder();
            builder.Services.AddRecluster();
            if (isFirst)
            {
                builder.Services.AddHostedService<Counter>();
            }

            builder.Services.AddReclusterMasterService<Counter>();
            builder.Services.AddReclusterMasterService<Counter>();
            builder.Services.AddHostedService<Counter>();
            await using var app = builder.Build();

            await app.StartAsync();

            Assert.Equal(1, app.Services.GetServices<IHostedService>().OfType<Counter>().Sum(counter => counter.Starts));
            Assert.Equal(1, app.Services.GetRequiredService<Counter>().Starts);
        }
    }

    [Fact]
    public async Task Whoever_removes_the_hosted_services_removes_the_master_services_too()
    {
        var builder = Builder();
        builder.Services.AddRecluster();
        builder.Services.AddReclusterMasterService<Counter>();
        builder.Services.RemoveAll<IHostedService>();
        await using var app = builder.Build();

        await app.StartAsync();

        Assert.Equal(0, app.Services.GetRequiredService<Counter>().Starts);
    }

    [Fact]
    public void One_master_service_can_be_told_from_other_hosted_services_by_the_type_that_its_factory_returns()
    {
        var builder = Builder();
        builder.Services.AddReclusterMasterService<Counter>();

        Assert.Single(builder.Services, service => service.ServiceType == typeof(IHostedService)
            && service.ImplementationFactory?.GetType().GenericTypeArguments[1] == typeof(Counter));
    }

    [Theory]
    [InlineData("Development", 1)]
    [InlineData("Production", 3600)]
    [InlineData("Staging", 3600)]
    public void The_default_DrainTimeout_is_short_in_development(string environment, int seconds)
    {
        using var host = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = environment }).Build();

        var effective = new ReclusterOptions().EffectiveDrainTimeout(host.Services.GetRequiredService<IHostEnvironment>());

        Assert.Equal(TimeSpan.FromSeconds(seconds), effective);
    }

    private static WebApplicationBuilder Builder(params (string Key, string Value)[] configuration)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(configuration.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IServer, NoServer>();
        return builder;
    }

    private static ReclusterOptions OptionsOf(WebApplicationBuilder builder)
    {
        using var provider = builder.Services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<ReclusterOptions>>().Value;
    }

    private sealed class Service(string name, List<string> told) : IHostedService, IDisposable
    {
        public Task StartAsync(CancellationToken cancellationToken) => TellAsync("start");

        public Task StopAsync(CancellationToken cancellationToken) => TellAsync("stop");

        public void Dispose() => told.Add("dispose " + name);

        private Task TellAsync(string what)
        {
            told.Add($"{what} {name}");
            return Task.CompletedTask;
        }
    }

    private sealed class Counter : IHostedService
    {
        internal int Starts { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Starts++;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
