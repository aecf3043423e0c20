using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Support;

/// <summary>Keeps what was logged; a test can await a line by its event's name.</summary>
internal sealed class RecordingLogger : ILogger, ILoggerFactory
{
    private readonly Channel<(string Event, string Text)> _lines = Channel.CreateUnbounded<(string, string)>();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    /// <summary>The events, by their names, that cannot be written.</summary>
    internal Func<string, bool> Fails { get; set; } = _ => false;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (Fails(eventId.Name ?? ""))
        {
            throw new IOException("No space left on device");
        }

        _lines.Writer.TryWrite((eventId.Name ?? "", formatter(state, exception)));
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    /// <summary>Whether any line of these events is still to be awaited; all lines so far are passed over.</summary>
    internal bool Has(params IReadOnlyList<string> eventNames)
    {
        var has = false;
        while (_lines.Reader.TryRead(out var line))
        {
            has |= eventNames.Contains(line.Event);
        }

        return has;
    }

    /// <summary>The next line of this event, or of one whose name begins with it; lines before it are passed over.</summary>
    internal async Task<string> NextAsync(string eventName)
    {
        while (true)
        {
            var line = await _lines.Reader.ReadAsync().InTime();
            if (line.Event.StartsWith(eventName, StringComparison.Ordinal))
            {
                return line.Text;
            }
        }
    }
}
