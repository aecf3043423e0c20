using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Recluster.Master;
using Recluster.Protocol;

namespace Recluster.Hosting.Tests;

/// <summary>The app may register a clock of its own, which stands still in a test. The cluster does not use it.</summary>
public class AppClockTests
{
    [Theory]
    [InlineData(typeof(ClusterLoop))]
    [InlineData(typeof(MasterService))]
    public async Task The_master_does_not_use_the_clock_of_the_app(Type part)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(new AppClock());
        builder.Services.AddRecluster();
        await using var app = builder.Build();

        Assert.NotNull(app.Services.GetService(part));
    }

    [Fact]
    public void No_part_of_a_worker_is_given_the_clock_of_the_app()
    {
        var services = Host.CreateApplicationBuilder().Services;
        WorkerServices.Add(services, new WorkerEnvironment(1, 1, 0, 1, 0, TimeSpan.Zero, 0, []));

        var given = services
            .Where(service => !service.IsKeyedService && service.ImplementationType?.Assembly.GetName().Name?.StartsWith("Recluster", StringComparison.Ordinal) == true)
            .Where(service => service.ImplementationType!.GetConstructors()
                .Any(constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(TimeProvider))));

        Assert.Empty(given.Select(service => service.ImplementationType!.Name));
    }

    private sealed class AppClock : TimeProvider
    {
        public override long GetTimestamp() => throw new InvalidOperationException("This is the clock of the app.");

        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("This is the clock of the app.");

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            throw new InvalidOperationException("This is the clock of the app.");
    }
}
