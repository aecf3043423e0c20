using Microsoft.Extensions.DependencyInjection;

namespace Recluster;

/// <summary>
/// Finds out whether the app's container gives Kestrel the transports that are registered as a whole (IEnumerable of T), as the
/// framework's container, Autofac and Grace do. In a container that always makes the enumerable itself, Kestrel would bind on its own.
/// </summary>
internal sealed class ContainerProbe(IEnumerable<ContainerProbe.Item> items)
{
    internal bool IsHonoured => items is Whole;

    internal static void Add(IServiceCollection services)
    {
        services.AddSingleton(new Item());
        services.AddSingleton<IEnumerable<Item>>(_ => new Whole());
        services.AddSingleton<ContainerProbe>();
    }

    internal sealed class Item;

    private sealed class Whole : List<Item>;
}
