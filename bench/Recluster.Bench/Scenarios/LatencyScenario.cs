using Recluster.Bench.Measuring;
using Recluster.Bench.Report;
using Recluster.Bench.Servers;
using Recluster.LoadClient;

namespace Recluster.Bench.Scenarios;

/// <summary>
/// What a reload adds to the latency that users see, on a machine at a third of its capacity. Starting processes costs a small machine
/// whatever one does, so there is a control next to the floor: the same load while strangers start and are warmed.
/// </summary>
internal sealed class LatencyScenario : IScenario
{
    private const int Workers = 2;
    private const int Connections = 64;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);
    private static readonly string[] Paths = ["/", "/item"];

    public string Name => "latency";

    public string Title => "Latency across reloads";

    public async Task<string> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        string[] warmUp = [.. Paths.Select((path, i) => $"--Recluster:WarmUp:Paths:{i}={path}")];
        await using var calm = new ReclusterServer(warmUp) { InClientSession = true }; // Never reloaded, so that the floor is not one of fresh workers.
        await using var reloaded = new ReclusterServer(warmUp) { InClientSession = true };
        await using var unused = new ReclusterServer(warmUp) { InClientSession = true };
        var calmTarget = await calm.StartAsync(Workers, cancellationToken);
        var reloadedTarget = await reloaded.StartAsync(Workers, cancellationToken);
        await unused.StartAsync(Workers, cancellationToken);
        var rate = settings.Rate ?? await CapacityAsync(calmTarget, settings, cancellationToken) / 3;
        foreach (var target in (LoadTarget[])[calmTarget, reloadedTarget])
        {
            await OpenLoop.RunAsync(Load(target, rate, settings.WarmUp(5, 1)), cancellationToken);
        }

        var arms = new LatencyArm[]
        {
            new("no reload (floor)", calmTarget, null),
            new("strangers start (control)", calmTarget, unused.ReloadAsync),
            new("a reload every 10 s", reloadedTarget, reloaded.ReloadAsync),
        };
        var rounds = settings.Times(3, 1);
        var length = settings.Length(35, 13);
        for (var i = 0; i < rounds; i++)
        {
            foreach (var arm in arms)
            {
                await arm.MeasureAsync(target => OpenLoop.RunAsync(Load(target, rate, length), cancellationToken), Pace, cancellationToken);
            }
        }

        var table = new Table(
            "", "requests", "events", "failed", "p50", "p99", "p99.9", "worst", "p99 / control", "worst / control", "worst, absolute");
        foreach (var arm in arms)
        {
            table.Row(arm.Cells(floor: arms[0], control: arms[1]));
        }

        return $"""
            {Workers} workers, default options and two warm-up paths. Requests by a schedule fixed in advance ({rate:F0} a second, a third of what the same
            {Connections} keep-alive connections carry flat out), each latency counted from the scheduled moment;
            {rounds} alternating rounds of {length.TotalSeconds:F0} s. In the control a second cluster of the same app, which nobody uses, is reloaded at the same moments: as
            many processes start, warm themselves and end, and only the load does not move to them. p50 to worst are ratios to the floor.

            {table}
            {string.Join(Environment.NewLine, arms.SelectMany(arm => arm.Failures))}
            """;
    }

    private static OpenLoopOptions Load(LoadTarget target, double rate, TimeSpan length) =>
        new() { Target = target, Paths = Paths, Rate = rate, Duration = length, Connections = Connections };

    /// <summary>How many requests a second the same connections carry when each waits for its answer and goes on at once.</summary>
    private static async Task<double> CapacityAsync(LoadTarget target, BenchSettings settings, CancellationToken cancellationToken)
    {
        var rate = 0.0;
        for (var i = 0; i < 2; i++) // The first warms.
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            end.CancelAfter(settings.WarmUp(5, 1));
            var report = await LoadRun.RunAsync(new() { Target = target, Clients = Connections }, end.Token);
            rate = report.Total / report.Duration.TotalSeconds;
        }

        return rate;
    }
}
