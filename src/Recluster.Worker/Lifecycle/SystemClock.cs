using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Recluster.Lifecycle;

/// <summary>
/// The cluster runs by the system's clock. A <see cref="TimeProvider"/> that the app registers is the app's alone: it may stand still in a test, and a
/// worker or a master that went by it would never stop.
/// </summary>
internal static class SystemClock
{
    /// <summary>Registers a service of the cluster's own whose constructor takes a <see cref="TimeProvider"/>.</summary>
    internal static void AddTimed<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>(
        this IServiceCollection services)
        where TService : class => services.AddSingleton(provider => ActivatorUtilities.CreateInstance<TService>(provider, TimeProvider.System));
}
