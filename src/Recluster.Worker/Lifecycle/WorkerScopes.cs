using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Recluster.Lifecycle;

/// <summary>
/// Puts slot and generation into the log scope of everything a worker logs. A scope opened at start would not do: connections
/// run without the execution context of the start. So it is put in front of the scopes that each logging provider reads, and
/// this type poses as a provider to be handed the factory's own.
/// </summary>
internal sealed class WorkerScopes(IServiceProvider services, IReclusterWorker worker) : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider? _scopes;

    public ILogger CreateLogger(string categoryName) => NullLogger.Instance;

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes ??= scopeProvider;

    public void Dispose()
    {
    }

    internal void Install()
    {
        if (_scopes is null)
        {
            return; // Another logger factory than the framework's: its scopes are its own.
        }

        var prefixed = new Prefixed(_scopes, [new("WorkerId", worker.Id), new("Generation", worker.Generation)]);
        foreach (var provider in services.GetServices<ILoggerProvider>().OfType<ISupportExternalScope>().Where(p => p is not WorkerScopes))
        {
            provider.SetScopeProvider(prefixed);
        }
    }

    private sealed class Prefixed(IExternalScopeProvider inner, WorkerScope scope) : IExternalScopeProvider
    {
        public void ForEachScope<TState>(Action<object?, TState> callback, TState state)
        {
            callback(scope, state);
            inner.ForEachScope(callback, state);
        }

        public IDisposable Push(object? state) => inner.Push(state);
    }

    private sealed class WorkerScope : List<KeyValuePair<string, object>>
    {
        public override string ToString() => $"WorkerId:{this[0].Value}, Generation:{this[1].Value}";
    }
}
