using Recluster.Bench.Servers;
using Recluster.LoadClient;

namespace Recluster.Bench.Measuring;

/// <summary>What servers carry under wrk, and what a request takes of the processor (user and system time of all processes).</summary>
internal readonly record struct RequestCost(double Throughput, TimeSpan TimePerRequest)
{
    /// <summary>Lets servers take turns.</summary>
    /// <returns>For each server a cost in each round.</returns>
    internal static async Task<List<RequestCost>[]> CompareAsync(
        List<IBenchServer> servers, List<LoadTarget> targets, bool close, int rounds, TimeSpan length, CancellationToken cancellationToken)
    {
        var costs = servers.Select(_ => new List<RequestCost>()).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            // There and back, so that none always has the better place; the first round warms.
            foreach (var i in round % 2 == 0 ? Enumerable.Range(0, servers.Count) : Enumerable.Range(0, servers.Count).Reverse())
            {
                var before = ProcessorTime.Of(servers[i].ProcessIds);
                var (requests, time) = await Wrk.RunAsync(targets[i], length, close, cancellationToken);
                var used = ProcessorTime.Of(servers[i].ProcessIds) - before;
                if (round > 0)
                {
                    costs[i].Add(new(requests / time.TotalSeconds, used / requests));
                    Console.WriteLine(
                        $"  round {round}, {servers[i].Name}, {(close ? "close" : "keep-alive")}: {requests / time.TotalSeconds:F0} a second, "
                        + $"{(used / requests).TotalMicroseconds:F1} us each");
                }
            }
        }

        return costs;
    }
}
