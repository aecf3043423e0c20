using Recluster.Bench.Measuring;
using Recluster.Bench.Report;
using Recluster.LoadClient;

namespace Recluster.Bench.Scenarios;

/// <summary>One of the runs that alternate, all its rounds together.</summary>
/// <param name="name">What happens meanwhile.</param>
/// <param name="target">Where the load goes.</param>
/// <param name="act">What happens, at the pace of reloads; null: nothing.</param>
internal sealed class LatencyArm(string name, LoadTarget target, Func<CancellationToken, Task>? act)
{
    private readonly LatencyHistogram _latency = new();
    private int _failed;
    private int _events;

    internal List<string> Failures { get; } = [];

    internal async Task MeasureAsync(Func<LoadTarget, Task<LoadReport>> load, TimeSpan pace, CancellationToken cancellationToken)
    {
        await using var events = act is null ? null : Reloads.Start(act, pace, cancellationToken);
        var report = await load(target);
        if (events is not null)
        {
            await events.StopAsync();
            _events += events.Done;
            Failures.AddRange(events.Failures);
        }

        _latency.Add(report.Latency);
        _failed += report.Failed;
        Failures.AddRange(report.Failures);
        Console.WriteLine(
            $"  {name}: {events?.Done ?? 0} events; p50 {Say.Milliseconds(report.Latency.Percentile(0.5))}, p99 {Say.Milliseconds(report.Latency.Percentile(0.99))}, "
            + $"p99.9 {Say.Milliseconds(report.Latency.Percentile(0.999))}; {report}");
    }

    internal IEnumerable<string> Cells(LatencyArm floor, LatencyArm control) =>
    [
        name,
        Say.Count(_latency.Count),
        Say.Count(_events),
        Say.Count(_failed),
        .. ((double[])[0.5, 0.99, 0.999, 1]).Select(share => Say.Ratio(_latency.Percentile(share), floor._latency.Percentile(share))),
        Say.Ratio(_latency.Percentile(0.99), control._latency.Percentile(0.99)),
        Say.Ratio(_latency.Max, control._latency.Max),
        Say.Milliseconds(_latency.Max),
    ];
}
