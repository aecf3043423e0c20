using System.Diagnostics.CodeAnalysis;

namespace Recluster.FunctionalTests.Support;

/// <summary>The lines that a cluster writes to standard output and standard error, in order of arrival.</summary>
internal sealed class OutputLog
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;

    /// <summary>Completes when nobody can write any more: the master has ended, and all of its workers have.</summary>
    internal Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>The number of lines up to now, from which on to look for the next.</summary>
    internal int Mark
    {
        get
        {
            lock (_gate)
            {
                return _lines.Count;
            }
        }
    }

    internal string Text => string.Join(Environment.NewLine, Lines);

    internal IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    internal void Read(params StreamReader[] readers)
    {
        _open = readers.Length;
        Ended = Task.WhenAll(readers.Select(ReadAsync));
    }

    internal int Count(string text, int from = 0) => Lines.Skip(from).Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>The first line with this text at or after a mark, as soon as it is there.</summary>
    internal async Task<string> WaitForAsync(string text, int from = 0)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var checkedUpTo = from;
        while (true)
        {
            Task changed;
            bool ended;
            lock (_gate)
            {
                for (; checkedUpTo < _lines.Count; checkedUpTo++)
                {
                    if (_lines[checkedUpTo].Contains(text, StringComparison.Ordinal))
                    {
                        return _lines[checkedUpTo];
                    }
                }

                changed = _changed.Task;
                ended = _open == 0;
            }

            if (ended)
            {
                Fail($"The output ended without '{text}'.");
            }

            await changed.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (limit.IsCancellationRequested)
            {
                Fail($"No '{text}' within {Eventually.Limit}.");
            }
        }
    }

    [DoesNotReturn]
    private void Fail(string message) => throw new InvalidOperationException($"{message} The output:{Environment.NewLine}{Text}");

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Change(() => _lines.Add(line));
        }

        Change(() => _open--);
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            change();
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
