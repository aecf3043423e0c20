using System.Collections;
using Microsoft.Extensions.DependencyInjection;

namespace Recluster;

/// <summary>
/// All services registered for a type, made from their registrations at the time of asking. It stands in for the container's own
/// enumerable where the role decides what is in it: an exact registration of IEnumerable&lt;T&gt; wins over the container's.
/// Like the container it disposes what it made, last first.
/// </summary>
internal sealed class RegisteredServices<T> : IEnumerable<T>, IDisposable, IAsyncDisposable
    where T : class
{
    private readonly List<T> _services = [];
    private readonly List<object> _made = [];

    internal RegisteredServices(IServiceCollection services, IServiceProvider provider, Func<ServiceDescriptor, bool> isWanted)
    {
        foreach (var descriptor in services.Where(d => d.ServiceType == typeof(T) && !d.IsKeyedService && isWanted(d)).ToArray())
        {
            if (descriptor.ImplementationInstance is T instance)
            {
                _services.Add(instance);
                continue;
            }

            var made = (T)(descriptor.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, descriptor.ImplementationType!));
            _made.Add(made);
            _services.Add(made);
        }
    }

    public IEnumerator<T> GetEnumerator() => _services.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        for (var i = _made.Count - 1; i >= 0; i--)
        {
            if (_made[i] is IAsyncDisposable asyncDisposable)
            {
                await asyncDisposable.DisposeAsync();
            }
            else
            {
                (_made[i] as IDisposable)?.Dispose();
            }
        }

        _made.Clear();
    }
}
