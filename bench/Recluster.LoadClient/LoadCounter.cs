using System.Globalization;

namespace Recluster.LoadClient;

/// <summary>Adds up outcomes from many clients.</summary>
internal sealed class LoadCounter
{
    private const int KeptFailures = 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<Outcome, int> _counts = [];
    private readonly HashSet<int> _processIds = [];
    private readonly List<string> _failures = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _answered;
    private TimeSpan _longest;

    internal LoadReport Report()
    {
        lock (_gate)
        {
            return new LoadReport
            {
                Counts = new Dictionary<Outcome, int>(_counts),
                ProcessIds = new HashSet<int>(_processIds),
                LongestWait = _longest,
                Failures = [.. _failures],
            };
        }
    }

    internal void Add(HttpResponse response, TimeSpan took)
    {
        lock (_gate)
        {
            if (response.Status != 200)
            {
                Count(Outcome.WrongStatus, took, $"status {response.Status}: {response.Text}");
                return;
            }

            Count(Outcome.Ok, took, null);
            if (ProcessIdIn(response.Body) is { } processId)
            {
                _processIds.Add(processId);
            }

            _answered++;
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_answered >= _waiting[i].Count)
                {
                    _waiting[i].Reached.SetResult();
                    _waiting.RemoveAt(i);
                }
            }
        }
    }

    internal void Add(RequestFailedException failure, TimeSpan took)
    {
        lock (_gate)
        {
            Count(failure.Outcome, took, failure.Message);
        }
    }

    /// <summary>Completes when that many more requests have been answered.</summary>
    internal Task MoreAnsweredAsync(int count)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((_answered + count, reached));
            return reached.Task;
        }
    }

    private void Count(Outcome outcome, TimeSpan took, string? failure)
    {
        _counts[outcome] = _counts.GetValueOrDefault(outcome) + 1;
        _longest = took > _longest ? took : _longest;
        if (failure is not null && _failures.Count < KeptFailures)
        {
            _failures.Add(string.Create(CultureInfo.InvariantCulture, $"{outcome} after {took.TotalMilliseconds:F0} ms: {failure}"));
        }
    }

    // Parsing the whole body would cost the machine that is also the server.
    private static int? ProcessIdIn(ReadOnlySpan<byte> body)
    {
        var at = body.IndexOf("\"pid\":"u8);
        return at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(body[(at + 6)..], out int processId, out _) ? processId : null;
    }
}
