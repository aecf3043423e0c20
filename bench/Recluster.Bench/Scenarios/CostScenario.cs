using Recluster.Bench.Measuring;
using Recluster.Bench.Report;
using Recluster.Bench.Servers;
using Recluster.LoadClient;

namespace Recluster.Bench.Scenarios;

/// <summary>What a request costs in the steady state, against plain Kestrel: throughput and processor time.</summary>
/// <param name="others">What else is measured beside Recluster.</param>
internal sealed class CostScenario(IReadOnlyList<Func<IBenchServer>> others) : IScenario
{
    private const int Workers = 2;

    public string Name => "cost";

    public string Title => "What a request costs";

    public async Task<string> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        if (Wrk.Missing is { } missing)
        {
            return $"Left out: {missing}.";
        }

        var servers = ((IBenchServer[])[new PlainKestrel(), new ReclusterServer(), .. others.Select(create => create())]).ToList();
        try
        {
            var notes = servers.Where(server => server.Missing is not null).Select(server => $"{server.Name} is left out: {server.Missing}.").ToArray();
            servers.RemoveAll(server => server.Missing is not null);
            var targets = new List<LoadTarget>();
            foreach (var server in servers)
            {
                targets.Add(await server.StartAsync(Workers, cancellationToken));
            }

            // Many and short: what else the machine does changes within a minute, and is to be the same for all in a round.
            var rounds = settings.Times(21, 2);
            var length = settings.Length(2, 2);
            var table = new Table("", "load", "throughput", "processor time of a request");
            foreach (var close in (bool[])[false, true])
            {
                var costs = await RequestCost.CompareAsync(servers, targets, close, rounds, length, cancellationToken);
                for (var i = 1; i < servers.Count; i++)
                {
                    table.Row(
                        servers[i].Name,
                        close ? "close per request" : "keep-alive",
                        Say.Spread(costs[i].Zip(costs[0], (one, plain) => one.Throughput / plain.Throughput)),
                        Say.Spread(costs[i].Zip(costs[0], (one, plain) => one.TimePerRequest / plain.TimePerRequest)));
                }
            }

            return $"""
                {Workers} workers, `wrk` with 1 thread and 32 connections on the same cores, {rounds} rounds of {length.TotalSeconds:F0} s each, in which the servers take turns. Ratios to plain
                Kestrel in the same round: the median, and the least and greatest. Processor time is user and system time of all processes of the server.
                Each server is in a session of its own, as a service manager starts it, and wrk in another (sched(7), autogroup).

                {table}
                {string.Join(Environment.NewLine, notes)}
                """;
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }
}
