using Microsoft.Extensions.DependencyInjection;

namespace Recluster.Hosting.Tests;

public class RegisteredServicesTests
{
    private readonly List<string> _disposed = [];

    private interface INamed
    {
        string Name { get; }
    }

    [Fact]
    public void Instances_factories_and_types_are_all_there_in_the_order_of_registration()
    {
        var services = new ServiceCollection();
        services.AddSingleton(_disposed);
        services.AddSingleton<INamed>(new Named("instance", _disposed));
        services.AddSingleton<INamed>(_ => new Named("factory", _disposed));
        services.AddTransient<INamed, ByType>();

        Assert.Equal(["instance", "factory", "type"], Make(services).Select(service => service.Name));
    }

    [Fact]
    public void A_service_registered_after_the_first_asking_is_not_missed_by_the_next()
    {
        var services = new ServiceCollection();
        Assert.Empty(Make(services));

        services.AddSingleton<INamed>(new Named("late", _disposed));

        Assert.Equal(["late"], Make(services).Select(service => service.Name));
    }

    [Fact]
    public void Keyed_services_and_those_that_are_not_wanted_are_left_out_and_not_even_made()
    {
        var services = new ServiceCollection();
        services.AddSingleton(_disposed);
        services.AddKeyedSingleton<INamed>("key", new Named("keyed", _disposed));
        services.AddSingleton<INamed>(_ => throw new InvalidOperationException("made"));
        services.AddSingleton<INamed, ByType>();

        var made = new RegisteredServices<INamed>(
            services, services.BuildServiceProvider(), descriptor => descriptor.ImplementationType == typeof(ByType));

        Assert.Equal(["type"], made.Select(service => service.Name));
    }

    [Fact]
    public async Task It_disposes_what_it_made_last_first_and_once_and_leaves_instances_to_their_owner()
    {
        var services = new ServiceCollection();
        services.AddSingleton(_disposed);
        services.AddSingleton<INamed>(new Named("instance", _disposed));
        services.AddSingleton<INamed>(_ => new Named("first", _disposed));
        services.AddSingleton<INamed>(_ => new AsyncNamed(_disposed));
        services.AddSingleton<INamed>(_ => new Named("last", _disposed));
        var made = Make(services);

        await made.DisposeAsync();
        made.Dispose();

        Assert.Equal(["last", "async", "first"], _disposed);
    }

    private static RegisteredServices<INamed> Make(ServiceCollection services) => new(services, services.BuildServiceProvider(), _ => true);

    private class Named(string name, List<string> disposed) : INamed, IDisposable
    {
        public string Name => name;

        public void Dispose() => disposed.Add(name);
    }

    private sealed class ByType(List<string> disposed) : Named("type", disposed);

    private sealed class AsyncNamed(List<string> disposed) : INamed, IAsyncDisposable
    {
        public string Name => "async";

        public ValueTask DisposeAsync()
        {
            disposed.Add(Name);
            return default;
        }
    }
}
