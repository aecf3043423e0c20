using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Recluster.Logging;

/// <summary>
/// Puts slot and generation in front of the scopes that each provider of the framework's logger factory reads, which costs nothing while nobody reads
/// them. (A scope that is opened at start would not do: connections run without the execution context of the start.)
/// </summary>
internal sealed class PrefixedScopes(IExternalScopeProvider inner, WorkerScope scope) : IExternalScopeProvider
{
    internal static void Install(LoggerFactory factory, IEnumerable<ILoggerProvider> providers, WorkerScope scope)
    {
        using var tap = new Tap();
        factory.AddProvider(tap); // The factory hands its scopes to every provider that asks for them.
        if (tap.Scopes is { } scopes)
        {
            var prefixed = new PrefixedScopes(scopes, scope);
            foreach (var provider in providers.OfType<ISupportExternalScope>())
            {
                provider.SetScopeProvider(prefixed);
            }
        }
    }

    public void ForEachScope<TState>(Action<object?, TState> callback, TState state)
    {
        callback(scope, state);
        inner.ForEachScope(callback, state);
    }

    public IDisposable Push(object? state) => inner.Push(state);

    private sealed class Tap : ILoggerProvider, ISupportExternalScope
    {
        internal IExternalScopeProvider? Scopes { get; private set; }

        public ILogger CreateLogger(string categoryName) => NullLogger.Instance;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => Scopes = scopeProvider;

        public void Dispose()
        {
        }
    }
}
