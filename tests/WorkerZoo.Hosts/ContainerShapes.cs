using Autofac;
using Autofac.Extensions.DependencyInjection;
using Grace.DependencyInjection;
using Grace.DependencyInjection.Extensions;

namespace WorkerZoo.Hosts;

/// <summary>Other containers, with a hosted service that is registered in the container and not in the IServiceCollection.</summary>
internal static class ContainerShapes
{
    internal static Dictionary<string, Func<string[], Task>> All { get; } = new()
    {
        ["autofac"] = args =>
        {
            var builder = WebApplication.CreateBuilder(args);
            builder.Host.UseServiceProviderFactory(new AutofacServiceProviderFactory());
            builder.Host.ConfigureContainer<ContainerBuilder>(
                container => container.RegisterType<ContainerCounter>().As<IHostedService>().SingleInstance());
            return WebApplicationShapes.Build(builder).RunAsync();
        },
        ["autofac-startup"] = args => Host.CreateDefaultBuilder(args)
            .UseServiceProviderFactory(new AutofacServiceProviderFactory())
            .ConfigureContainer<ContainerBuilder>(
                container => container.RegisterType<ContainerCounter>().As<IHostedService>().SingleInstance())
            .ConfigureWebHostDefaults(web => web.UseStartup<Startup>())
            .Build().RunAsync(),
        ["grace"] = args => Host.CreateDefaultBuilder(args)
            .UseServiceProviderFactory(new GraceFactory())
            .ConfigureContainer<DependencyInjectionContainer>(
                container => container.Configure(c => c.Export<ContainerCounter>().As<IHostedService>().Lifestyle.Singleton()))
            .ConfigureWebHostDefaults(web => web.UseStartup<Startup>())
            .Build().RunAsync(),
        ["stubborn-container"] = args =>
        {
            var builder = WebApplication.CreateBuilder(args);
            builder.Host.UseServiceProviderFactory(new StubbornFactory());
            return WebApplicationShapes.Build(builder).RunAsync();
        },
    };

    private sealed class GraceFactory : IServiceProviderFactory<DependencyInjectionContainer>
    {
        private IServiceProvider? _provider;

        public DependencyInjectionContainer CreateBuilder(IServiceCollection services)
        {
            var container = new DependencyInjectionContainer();
            _provider = container.Populate(services);
            return container;
        }

        public IServiceProvider CreateServiceProvider(DependencyInjectionContainer containerBuilder) => _provider!;
    }

    /// <summary>A container that makes every enumerable itself, whatever is registered as one.</summary>
    private sealed class StubbornFactory : IServiceProviderFactory<IServiceCollection>
    {
        public IServiceCollection CreateBuilder(IServiceCollection services) => services;

        public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder)
        {
            var services = new ServiceCollection();
            foreach (var descriptor in containerBuilder.Where(descriptor => !IsEnumerable(descriptor.ServiceType)))
            {
                ((IServiceCollection)services).Add(descriptor);
            }

            return services.BuildServiceProvider();
        }

        private static bool IsEnumerable(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>);
    }
}
