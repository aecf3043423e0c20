using Microsoft.Extensions.Logging;

namespace Recluster.Diagnostics;

/// <summary>
/// The master's own logger. It never throws: a provider of the app's that cannot write (a full disk) must not end the cluster. The first failure of
/// the process is written to standard error.
/// </summary>
internal sealed class MasterLogger(ILogger inner) : ILogger
{
    internal const string Category = "Recluster.Master";

    private static int s_hasSaid;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Try(() => inner.BeginScope(state), null);

    public bool IsEnabled(LogLevel logLevel) => Try(() => inner.IsEnabled(logLevel), false);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Try(
        () =>
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
            return true;
        },
        false);

    private static TResult Try<TResult>(Func<TResult> call, TResult otherwise)
    {
        try
        {
            return call();
        }
        catch (Exception e)
        {
            Say(e);
            return otherwise;
        }
    }

    private static void Say(Exception e)
    {
        if (Interlocked.Exchange(ref s_hasSaid, 1) != 0)
        {
            return;
        }

        try
        {
            Console.Error.WriteLine($"Recluster: a logging provider of the app failed. The cluster goes on; log lines may be missing. {e.GetBaseException()}");
        }
        catch (Exception)
        {
            // Standard error cannot be written either.
        }
    }
}

internal static class MasterLoggerFactoryExtensions
{
    /// <summary>A logger for code that runs in the master, or decides on it. It never throws.</summary>
    internal static ILogger CreateMasterLogger(this ILoggerFactory factory, string category = MasterLogger.Category) =>
        new MasterLogger(factory.CreateLogger(category));
}
