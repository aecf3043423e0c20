using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Recluster.Protocol;
using Recluster.WarmUp;

namespace Recluster.Logging;

/// <summary>
/// Sees to it that a worker's lines carry slot and generation and that its warm-up is not logged, whatever the app logs with. The framework's own factory
/// does it by its filters and scopes, at no cost. A provider that has scopes of its own, or another factory, is wrapped.
/// </summary>
internal sealed class WorkerLogging
{
    private readonly IServiceCollection _services;
    private readonly WorkerScope _scope;
    private readonly ServiceDescriptor _own;

    internal WorkerLogging(IServiceCollection services, WorkerEnvironment environment)
    {
        _services = services;
        _scope = new WorkerScope(environment.Slot, environment.Generation);
        _own = ServiceDescriptor.Singleton(Create);
    }

    /// <summary>Whether the app's loggers come from here.</summary>
    internal bool IsInUse { get; private set; }

    internal static void Add(IServiceCollection services, WorkerEnvironment environment)
    {
        var logging = new WorkerLogging(services, environment);
        services.AddLogging();
        services.TryAddSingleton<LoggerFactory>();
        services.AddSingleton(logging);
        services.Add(logging._own);
        HostBuilding.Subscribe(logging.MoveToTheEnd);
    }

    /// <summary>The last registration counts, and AddSerilog may stand below AddRecluster.</summary>
    private void MoveToTheEnd()
    {
        if (!_services.IsReadOnly)
        {
            _services.Remove(_own);
            _services.Add(_own);
        }
    }

    private ILoggerFactory Create(IServiceProvider provider)
    {
        IsInUse = true;
        var registered = _services.Last(service => service.ServiceType == typeof(ILoggerFactory) && !service.IsKeyedService && service != _own);
        var isFrameworks = registered.ImplementationType == typeof(LoggerFactory);
        var inner = isFrameworks ? provider.GetRequiredService<LoggerFactory>()
            : (ILoggerFactory)(registered.ImplementationInstance
                ?? registered.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!));
        ILoggerProvider[] providers = [.. provider.GetServices<ILoggerProvider>()];
        if (inner is LoggerFactory factory && providers.All(ReadsScopesOfTheFactory))
        {
            PrefixedScopes.Install(factory, providers, _scope);
            return factory;
        }

        return new WorkerLoggerFactory(
            inner, !isFrameworks && registered.ImplementationInstance is null, provider.GetRequiredService<WarmUpPhase>(), _scope);
    }

    /// <summary>The framework's own that do not (debug output, event source, event log) show no scopes of lines either.</summary>
    private static bool ReadsScopesOfTheFactory(ILoggerProvider provider) =>
        provider is ISupportExternalScope || provider.GetType().Namespace?.StartsWith("Microsoft.Extensions.Logging", StringComparison.Ordinal) == true;
}
