using System.Globalization;
using Recluster.BalanceBench;

// How evenly connections are spread over the workers, busiest / mean, and what evening them out costs.
//   dotnet run -c Release --project bench/Balance -- spread [--rounds 15] [--workers 4,8] [--connections 16,64,1000] [--balancing A,B] [--unix]
//   dotnet run -c Release --project bench/Balance -- cost   [--rounds 7]  [--workers 4] [--connections 64] [--seconds 4]  (needs wrk)
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string Option(string name, string otherwise) => Array.IndexOf(args, "--" + name) is >= 0 and var i ? args[i + 1] : otherwise;
int[] Numbers(string name, string otherwise) => [.. Option(name, otherwise).Split(',').Select(int.Parse)];
double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

if (args.FirstOrDefault() == "cost")
{
    await CostAsync(Numbers("workers", "4")[0], int.Parse(Option("rounds", "7")), int.Parse(Option("seconds", "4")));
}
else
{
    Console.WriteLine("balancing | workers | connections | burst: median (worst) | one by one: median (worst)");
    foreach (var workers in Numbers("workers", "4,8"))
    {
        foreach (var balancing in Option("balancing", "Connection,LeastConnections").Split(','))
        {
            await SpreadAsync(workers, balancing, int.Parse(Option("rounds", "15")));
        }
    }
}

async Task SpreadAsync(int workers, string balancing, int rounds)
{
    await using var cluster = await BenchCluster.StartAsync(workers, balancing, args.Contains("--unix"));
    foreach (var connections in Numbers("connections", "16,64,1000"))
    {
        var columns = new List<string>();
        foreach (var burst in (bool[])[true, false])
        {
            var results = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                results.Add(await Spread.MeasureAsync(cluster.Target, workers, connections, burst));
                await Task.Delay(1200); // Let the workers see the connections end, and forget how fast.
            }

            columns.Add($"{Median(results):0.00} ({results.Max():0.00})");
        }

        Console.WriteLine($"{balancing} | {workers} | {connections} | {string.Join(" | ", columns)}");
    }
}

async Task CostAsync(int workers, int rounds, int seconds)
{
    await using var off = await BenchCluster.StartAsync(workers, "Connection", unixSocket: false);
    await using var on = await BenchCluster.StartAsync(workers, "LeastConnections", unixSocket: false);
    Console.WriteLine("mode | connections | Connection, us of CPU a request | LeastConnections | ratio of medians | rounds apart");
    foreach (var close in (bool[])[true, false])
    {
        foreach (var connections in Numbers("connections", "64"))
        {
            var (without, with) = (new List<double>(), new List<double>());
            for (var round = -1; round < rounds; round++)
            {
                var (a, b) = round % 2 == 0 ? (off, on) : (on, off);
                var first = await Cost.MeasureAsync(a, connections, close, seconds);
                var second = await Cost.MeasureAsync(b, connections, close, seconds);
                if (round >= 0) // One to warm up.
                {
                    without.Add(a == off ? first : second);
                    with.Add(a == off ? second : first);
                }
            }

            var ratios = without.Zip(with, (o, w) => w / o).ToArray();
            Console.WriteLine(
                $"{(close ? "close" : "keep-alive")} | {connections} | {Median(without):0.0} | {Median(with):0.0} | "
                + $"{Median(with) / Median(without):0.000} | {ratios.Min():0.00} to {ratios.Max():0.00}");
        }
    }
}
