using Microsoft.Extensions.Logging;
using Recluster.WarmUp;

namespace Recluster.Logging;

/// <summary>A logger whose lines carry slot and generation, and which leaves out what <see cref="QuietFramework"/> says.</summary>
internal sealed class WorkerLogger(ILogger inner, string category, WarmUpPhase phase, WorkerScope scope) : ILogger
{
    private readonly bool _isFramework = QuietFramework.IsFramework(category);
    private readonly bool _isHostLifetime = category == QuietFramework.HostLifetime;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => !IsLeftOut(logLevel) && inner.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            // Opened and closed for each line: nothing that runs in a worker has a beginning that all of it comes from.
            using (inner.BeginScope(scope))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }

    private bool IsLeftOut(LogLevel level) => level < LogLevel.Warning && (_isHostLifetime || (_isFramework && phase.IsOn));
}
