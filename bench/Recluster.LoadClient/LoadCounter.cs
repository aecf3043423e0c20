using System.Diagnostics;
using System.Globalization;

namespace Recluster.LoadClient;

/// <summary>Adds up what many clients meet.</summary>
internal sealed class LoadCounter
{
    private const int KeptFailures = 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<Outcome, int> _counts = [];
    private readonly HashSet<int> _processIds = [];
    private readonly LatencyHistogram _latency = new();
    private readonly List<string> _failures = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private readonly long _began = Stopwatch.GetTimestamp();
    private long _lastSuccess = Stopwatch.GetTimestamp();
    private TimeSpan _longestGap;
    private long? _ended;

    internal LoadReport Report()
    {
        lock (_gate)
        {
            var latency = new LatencyHistogram();
            latency.Add(_latency);
            var now = _ended ?? Stopwatch.GetTimestamp();
            var gap = Stopwatch.GetElapsedTime(_lastSuccess, now);
            return new LoadReport
            {
                Counts = new Dictionary<Outcome, int>(_counts),
                ProcessIds = new HashSet<int>(_processIds),
                Latency = latency,
                LongestGap = gap > _longestGap ? gap : _longestGap,
                Duration = Stopwatch.GetElapsedTime(_began, now),
                Failures = [.. _failures],
            };
        }
    }

    internal void Add(Exchange exchange, TimeSpan took)
    {
        lock (_gate)
        {
            _counts[exchange.Outcome] = _counts.GetValueOrDefault(exchange.Outcome) + 1;
            _latency.Record(took);
            if (exchange.Failure is not null && _failures.Count < KeptFailures)
            {
                _failures.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{exchange.Outcome} after {took.TotalMilliseconds:F0} ms: {exchange.Failure}"));
            }

            if (exchange.ProcessId is { } processId)
            {
                _processIds.Add(processId);
            }

            if (exchange.Outcome == Outcome.Ok)
            {
                Succeed();
            }
        }
    }

    /// <summary>The clients have ended: what comes after is no gap.</summary>
    internal void End()
    {
        lock (_gate)
        {
            _ended ??= Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Completes when that many more requests have been answered.</summary>
    internal Task MoreAnsweredAsync(int count)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((_counts.GetValueOrDefault(Outcome.Ok) + count, reached));
            return reached.Task;
        }
    }

    private void Succeed()
    {
        var now = Stopwatch.GetTimestamp();
        var gap = Stopwatch.GetElapsedTime(_lastSuccess, now);
        _longestGap = gap > _longestGap ? gap : _longestGap;
        _lastSuccess = now;
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            if (_counts[Outcome.Ok] >= _waiting[i].Count)
            {
                _waiting[i].Reached.SetResult();
                _waiting.RemoveAt(i);
            }
        }
    }
}
