using System.Diagnostics;
using Recluster.Bench.Measuring;
using Recluster.Bench.Report;
using Recluster.LoadClient;

namespace Recluster.Bench.Scenarios;

/// <summary>One of the runs that take turns.</summary>
/// <param name="Name">What happens meanwhile.</param>
/// <param name="Target">Where the load goes.</param>
/// <param name="Act">What happens once in each run, from its beginning on; null: nothing.</param>
internal sealed record LatencyArm(string Name, LoadTarget Target, Func<CancellationToken, Task>? Act)
{
    /// <summary>Loads the target for this long, and until what happens has ended.</summary>
    internal async Task<LatencyRun> RunAsync(OpenLoopOptions load, TimeSpan length, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var stolen = new StolenTime();
        var began = Stopwatch.GetTimestamp();
        var running = OpenLoop.RunAsync(load with { Target = Target }, end.Token);
        string? failure = null;
        try
        {
            await (Act?.Invoke(cancellationToken) ?? Task.CompletedTask);
        }
        catch (Exception e) when (e is InvalidOperationException or RequestFailedException)
        {
            failure = $"{Name}: {e.Message}";
        }

        var took = Stopwatch.GetElapsedTime(began);
        await Task.Delay(took < length ? length - took : TimeSpan.Zero, cancellationToken);
        await end.CancelAsync();
        var run = new LatencyRun(await running, stolen.Share, failure);
        Console.WriteLine(
            $"  {Name}{(Act is null ? "" : $", {took.TotalSeconds:F1} s")}: p50 {Say.Milliseconds(run.Percentile(0.5))}, p99 {Say.Milliseconds(run.Percentile(0.99))}, "
            + $"{run.Report}; stolen {Say.Percent(run.Stolen)}");
        return run;
    }
}
