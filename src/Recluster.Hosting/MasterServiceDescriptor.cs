using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Recluster;

/// <summary>
/// The registration of a hosted service that runs once per cluster. It is an ordinary one of <see cref="IHostedService"/>, so whoever removes
/// those removes it too; the master recognises it by its type. A worker has none.
/// </summary>
internal sealed class MasterServiceDescriptor(
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type type, ServiceDescriptor? own)
    : ServiceDescriptor(typeof(IHostedService), type, ServiceLifetime.Singleton)
{
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)]
    internal Type Type { get; } = type;

    /// <summary>The service itself: one for all who ask for it.</summary>
    internal IHostedService Resolve(IServiceProvider provider) => (IHostedService)provider.GetRequiredService(Type);

    /// <summary>
    /// The service for another start after a failure: a new instance, unless the app has registered the type itself and so said how it is made.
    /// </summary>
    internal IHostedService Remake(IServiceCollection services, IServiceProvider provider) =>
        ReferenceEquals(services.LastOrDefault(service => service.ServiceType == Type && !service.IsKeyedService), own)
            ? (IHostedService)ActivatorUtilities.CreateInstance(provider, Type)
            : Resolve(provider);

    /// <summary>Whether this service is registered twice: as an ordinary hosted service and once per cluster.</summary>
    internal static bool IsDoubled(ServiceDescriptor service, IServiceCollection services) =>
        service is not MasterServiceDescriptor
        && service is { IsKeyedService: false, ImplementationType: { } type }
        && services.OfType<MasterServiceDescriptor>().Any(other => other.Type == type);
}
