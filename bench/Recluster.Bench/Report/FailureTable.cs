using Recluster.Bench.Measuring;
using Recluster.LoadClient;

namespace Recluster.Bench.Report;

/// <summary>What was suffered, a line for each run.</summary>
internal sealed class FailureTable(params IEnumerable<string> firstColumns)
{
    private const int LinesShown = 3;

    private readonly Table _table = new(
        [.. firstColumns, "requests", "reloads", "failed, by kind", "closed in order", "longest gap without a success", "p50", "p99", "max"]);

    private readonly List<string> _details = [];
    private long _requests;
    private long _reloads;
    private long _failed;

    /// <summary>A line below the table.</summary>
    internal string Totals => string.Join(
        Environment.NewLine,
        [$"In all {Say.Count(_requests)} requests across {Say.Count(_reloads)} reloads, **{Say.Count(_failed)} failed**.", .. _details]);

    internal void Add(string name, LoadedRun run, LoadedRun? floor) => Add([name], run, floor);

    internal void Add(string[] names, LoadedRun run, LoadedRun? floor)
    {
        var (latency, least) = (run.Report.Latency, floor?.Report.Latency ?? new LatencyHistogram());
        string[] cells =
        [
            Say.Count(run.Report.Total),
            Say.Count(run.Reloads),
            Say.Failures(run.Report),
            Say.Count(run.Report[Outcome.ClosedInOrder]),
            Say.Milliseconds(run.Report.LongestGap),
            Say.Ratio(latency.Percentile(0.5), least.Percentile(0.5)),
            Say.Ratio(latency.Percentile(0.99), least.Percentile(0.99)),
            Say.Ratio(latency.Max, least.Max),
        ];
        _table.Row([.. names, .. cells]);
        _requests += run.Report.Total;
        _reloads += run.Reloads;
        _failed += run.Report.Failed;
        var name = string.Join(", ", names);
        Console.WriteLine($"  {name}: {run.Reloads} reloads; {string.Join(Environment.NewLine, $"{run.Report}".Split(Environment.NewLine).Take(LinesShown))}");
        _details.AddRange(run.FailedReloads.GroupBy(reason => reason).Select(same => $"{name}: {same.Count()} reloads failed: {same.Key}"));
        if (floor is { Report.Failed: > 0 })
        {
            _details.Add($"{name}: in the floor itself {Say.Failures(floor.Report)} failed.");
        }
    }

    public override string ToString() => _table.ToString();
}
