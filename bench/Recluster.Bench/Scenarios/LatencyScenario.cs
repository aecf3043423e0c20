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
    private const int Floor = 0;
    private const int Control = 1;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);
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
        foreach (var target in (LoadTarget[])[calmTarget, reloadedTarget])
        {
            await CapacityAsync(target, settings, cancellationToken); // Warms it.
        }

        var arms = new LatencyArm[]
        {
            new("no reload (floor)", calmTarget, null),
            new("strangers start (control)", calmTarget, unused.ReloadAsync),
            new("a reload every 10 s", reloadedTarget, reloaded.ReloadAsync),
        };

        // What else runs on the machine's host changes within a minute. So the rounds are many and short, the capacity is that of the round, the
        // arms take turns in coming first, and they are compared within a round only.
        var rounds = new List<LatencyRun[]>();
        var rates = new List<double>();
        var length = settings.Length(10, 10);
        for (var i = 0; i < settings.Times(21, 1); i++)
        {
            var rate = settings.Rate ?? await CapacityAsync(calmTarget, settings, cancellationToken) / 3;
            var load = new OpenLoopOptions { Target = calmTarget, Paths = Paths, Rate = rate, Duration = Longest, Connections = Connections };
            var round = new LatencyRun[arms.Length];
            for (var j = i; j < i + arms.Length; j++)
            {
                round[j % arms.Length] = await arms[j % arms.Length].RunAsync(load, length, cancellationToken);
            }

            rounds.Add(round);
            rates.Add(rate);
        }

        var table = new Table(
            "", "requests", "events", "failed", "p50 / floor", "p99 / floor", "worst / floor", "p99 / control", "worst / control", "worst", "stolen",
            "worst, where least was stolen");
        for (var i = 0; i < arms.Length; i++)
        {
            var runs = rounds.Select(round => round[i]).ToArray();
            table.Row(
            [
                arms[i].Name,
                Say.Count(runs.Sum(run => run.Report.Total)),
                Say.Count(arms[i].Act is null ? 0 : runs.Count(run => run.Failure is null)),
                Say.Count(runs.Sum(run => run.Report.Failed)),
                .. ((double[])[0.5, 0.99, 1]).Select(share => Against(Floor, share)),
                .. ((double[])[0.99, 1]).Select(share => Against(Control, share)),
                Worst(runs),
                Say.Percent(Sample.Median(runs.Select(run => run.Stolen))),
                Worst(runs.OrderBy(run => run.Stolen).Take((runs.Length + 2) / 3)),
            ]);

            string Against(int other, double share) => other == i
                ? "1"
                : Say.Spread(rounds.Select(round => round[i].Percentile(share) / round[other].Percentile(share)), digits: 2);
        }

        return $"""
            {Workers} workers, default options and two warm-up paths. Requests by a schedule fixed in advance ({rates.Min():F0} to {rates.Max():F0} a second: a third of
            what the same {Connections} keep-alive connections carry flat out at the beginning of the round), each latency counted from the scheduled moment.
            {rounds.Count} rounds in which the three take turns, {length.TotalSeconds:F0} s each and until the reload, begun at once, has ended. In the control a second cluster of the
            same app, which nobody uses, is reloaded at the same moments: as many processes start, warm themselves and end, and only the load does not move
            to them. Ratios are to the same round. Of all rounds the median, and the least and greatest. Stolen is what the machine's host gave to others
            while this machine wanted it (steal, proc(5)), the median; the last column is of that third of a row's runs in which it was least.

            {table}
            {string.Join(Environment.NewLine, rounds.SelectMany(round => round).SelectMany(run => run.Report.Failures.Append(run.Failure)).OfType<string>())}
            """;
    }

    private static string Worst(IEnumerable<LatencyRun> runs) => Say.Spread(runs.Select(run => run.Percentile(1).TotalMilliseconds), digits: 0) + " ms";

    /// <summary>How many requests a second the same connections carry when each waits for its answer and goes on at once.</summary>
    private static async Task<double> CapacityAsync(LoadTarget target, BenchSettings settings, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(settings.WarmUp(5, 1));
        var report = await LoadRun.RunAsync(new() { Target = target, Clients = Connections }, end.Token);
        return report.Total / report.Duration.TotalSeconds;
    }
}
