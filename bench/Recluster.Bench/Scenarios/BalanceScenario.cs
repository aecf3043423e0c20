using System.Globalization;
using Recluster.Bench.Measuring;
using Recluster.Bench.Report;
using Recluster.Bench.Servers;

namespace Recluster.Bench.Scenarios;

/// <summary>How evenly keep-alive connections are spread over the workers, by the kernel's hash alone and by default; and what the evening costs.</summary>
internal sealed class BalanceScenario : IScenario
{
    private const int CostWorkers = 4;

    private static readonly string[] Balancings = ["Connection", "LeastConnections"];
    private static readonly int[] Workers = [4, 8];
    private static readonly int[] Connections = [16, 64, 1000];

    // For the workers to see the connections of the last round end, and to forget how fast they did.
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(1.2);

    public string Name => "balance";

    public string Title => "Connections over workers";

    public async Task<string> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        var rounds = settings.Times(9, 2);
        var table = new Table(["workers", "connections", .. Balancings.Select(name => $"one by one: `{name}`"), .. Balancings.Select(name => $"in a burst: `{name}`")]);
        foreach (var workers in Workers)
        {
            var servers = Balancings.Select(Create).ToArray();
            try
            {
                foreach (var server in servers)
                {
                    await ConnectionSpread.UntilAllAnswerAsync(await server.StartAsync(workers, cancellationToken), workers, cancellationToken);
                }

                foreach (var connections in Connections)
                {
                    table.Row([Say.Count(workers), Say.Count(connections), .. await MeasureAsync(servers, workers, connections, rounds, cancellationToken)]);
                }
            }
            finally
            {
                await DisposeAsync(servers);
            }
        }

        return $"""
            Keep-alive connections on the busiest worker / mean, medians of {rounds} rounds and the worst of them, one TCP endpoint, both clusters in turns.
            `Connection` is the kernel's hash alone, `LeastConnections` the default.

            {table}
            {await CostAsync(settings, cancellationToken)}
            """;
    }

    private static async Task<IEnumerable<string>> MeasureAsync(
        ReclusterServer[] servers, int workers, int connections, int rounds, CancellationToken cancellationToken)
    {
        var cells = new List<string>();
        foreach (var burst in (bool[])[false, true])
        {
            var results = servers.Select(_ => new List<double>()).ToArray();
            for (var round = 0; round < rounds; round++)
            {
                await Task.Delay(BetweenRounds, cancellationToken);
                for (var i = 0; i < servers.Length; i++)
                {
                    results[i].Add(await ConnectionSpread.MeasureAsync(servers[i].Targets.Http, workers, connections, burst, cancellationToken));
                }
            }

            cells.AddRange(results.Select(all => string.Create(CultureInfo.InvariantCulture, $"{Sample.Median(all):F2} ({all.Max():F2})")));
            Console.WriteLine($"  {workers} workers, {connections} connections, {(burst ? "in a burst" : "one by one")}: {cells[^2]} against {cells[^1]}");
        }

        return cells;
    }

    private static async Task<string> CostAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        if (Wrk.Missing is { } missing)
        {
            return $"What it costs is left out: {missing}.";
        }

        var servers = Balancings.Select(Create).ToList<IBenchServer>();
        try
        {
            var targets = await Task.WhenAll(servers.Select(server => server.StartAsync(CostWorkers, cancellationToken)));
            var rounds = settings.Times(9, 2);
            var ratios = new List<string>();
            foreach (var close in (bool[])[true, false])
            {
                var costs = await RequestCost.CompareAsync(servers, [.. targets], close, rounds, settings.Length(3, 2), cancellationToken);
                ratios.Add(Say.Spread(costs[1].Zip(costs[0], (even, hash) => even.TimePerRequest / hash.TimePerRequest)));
            }

            return $"""
                Processor time of a request by `LeastConnections` against `Connection`, {CostWorkers} workers, under `wrk` in {rounds} rounds in which they take turns: {ratios[0]} with
                a connection for each request, {ratios[1]} with keep-alive, where nothing is handed over while it runs, so that it shows the noise.
                """;
        }
        finally
        {
            await DisposeAsync(servers);
        }
    }

    private static ReclusterServer Create(string balancing) => new("--Recluster:Balancing", balancing);

    private static async Task DisposeAsync(IEnumerable<IBenchServer> servers)
    {
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }
}
