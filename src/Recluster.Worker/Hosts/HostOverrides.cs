using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Recluster.Hosts;

/// <summary>
/// Makes the framework's own host run the app's services with a few of them replaced for the host alone: the hosted services that it
/// starts, or its lifetime. The app's container is not asked for those, so neither the order of registration nor the rules of the
/// container matter (Autofac and others have hosted services of their own).
/// </summary>
internal static class HostOverrides
{
    /// <param name="services">The app's services. They are not disposed of with the host.</param>
    /// <param name="overrides">What the host gets instead, by service type.</param>
    internal static IHost HostOver(IServiceProvider services, IReadOnlyDictionary<Type, object> overrides)
    {
        var environment = services.GetRequiredService<IHostEnvironment>();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings
        {
            ApplicationName = environment.ApplicationName,
            EnvironmentName = environment.EnvironmentName,
            ContentRootPath = environment.ContentRootPath,
        });
        builder.ConfigureContainer(new Factory(services, overrides));
        return builder.Build();
    }

    /// <summary>
    /// Makes the app's host a <see cref="ReclusterHost"/>. The builders register IHost before anything of the app's, so the last
    /// registration, which every container gives, is this one.
    /// </summary>
    internal static void Wrap<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TRole>(IServiceCollection services)
        where TRole : class, IHostRole
    {
        var original = services.Last(IsHost);
        services.TryAddSingleton<TRole>();
        services.AddSingleton<IHost>(provider => new ReclusterHost(
            Make(original, provider), new Lazy<IHostRole>(() => provider.GetRequiredService<TRole>())));
    }

    /// <summary>Whether these are the services of a generic host. Those of the legacy WebHost are not.</summary>
    internal static bool HasHost(IServiceCollection services) => services.Any(IsHost);

    private static bool IsHost(ServiceDescriptor service) => service.ServiceType == typeof(IHost) && !service.IsKeyedService;

    private static IHost Make(ServiceDescriptor host, IServiceProvider provider) => (IHost)(
        host.ImplementationInstance
        ?? host.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, host.ImplementationType!));

    private sealed class Factory(IServiceProvider services, IReadOnlyDictionary<Type, object> overrides)
        : IServiceProviderFactory<IServiceCollection>
    {
        public IServiceCollection CreateBuilder(IServiceCollection services) => services;

        public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder) =>
            new Overridden(services, overrides, containerBuilder.Last(IsHost));
    }

    private sealed class Overridden(IServiceProvider services, IReadOnlyDictionary<Type, object> overrides, ServiceDescriptor host)
        : IServiceProvider
    {
        private IHost? _host;

        public object? GetService(Type serviceType) =>
            serviceType == typeof(IHost) ? _host ??= Make(host, this)
            : overrides.TryGetValue(serviceType, out var instead) ? instead
            : services.GetService(serviceType);
    }
}
