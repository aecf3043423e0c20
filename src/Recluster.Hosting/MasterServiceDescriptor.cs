using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Recluster;

/// <summary>
/// The registration of a hosted service that runs once per cluster. It is an ordinary one of <see cref="IHostedService"/>, so whoever removes
/// those removes it too; the master recognises it by its type. A worker has none.
/// </summary>
internal sealed class MasterServiceDescriptor : ServiceDescriptor
{
    private readonly ServiceDescriptor? _own;

    private MasterServiceDescriptor(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type type,
        Func<IServiceProvider, object> resolve,
        ServiceDescriptor? own)
        : base(typeof(IHostedService), resolve, ServiceLifetime.Singleton)
    {
        Type = type;
        _own = own;
    }

    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)]
    internal Type Type { get; }

    /// <summary>
    /// In the place of an ordinary registration of the same type, so that a host that is no master starts the service once. The type of the
    /// factory tells AddHostedService that the service is there.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="own">The registration of the type itself, where it is not the app's.</param>
    internal static void Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>(
        IServiceCollection services, ServiceDescriptor? own)
        where TService : class, IHostedService
    {
        foreach (var ordinary in services.Where(service => service.ServiceType == typeof(IHostedService)
            && service is { IsKeyedService: false } && service.ImplementationType == typeof(TService)).ToArray())
        {
            services.Remove(ordinary);
        }

        Func<IServiceProvider, TService> resolve = provider => provider.GetRequiredService<TService>();
        services.Add(new MasterServiceDescriptor(typeof(TService), resolve, own));
    }

    /// <summary>The service itself: one for all who ask for it.</summary>
    internal IHostedService Resolve(IServiceProvider provider) => (IHostedService)provider.GetRequiredService(Type);

    /// <summary>
    /// The service for another start after a failure: a new instance, unless the app has registered the type itself and so said how it is made.
    /// </summary>
    internal IHostedService Remake(IServiceCollection services, IServiceProvider provider) =>
        ReferenceEquals(services.LastOrDefault(service => service.ServiceType == Type && !service.IsKeyedService), _own)
            ? (IHostedService)ActivatorUtilities.CreateInstance(provider, Type)
            : Resolve(provider);
}
