using System.Diagnostics;
using Recluster.Bench.Measuring;
using Recluster.Bench.Report;
using Recluster.Bench.Servers;

namespace Recluster.Bench.Scenarios;

/// <summary>What a cluster costs that nobody asks anything: the master's share above all, which is overhead by definition.</summary>
internal sealed class RestScenario : IScenario
{
    private const int Workers = 8;

    public string Name => "rest";

    public string Title => "At rest";

    public async Task<string> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        await using var recluster = new ReclusterServer();
        await using var plain = new PlainKestrel();
        await recluster.StartAsync(Workers, cancellationToken);
        await plain.StartAsync(Workers, cancellationToken);
        await Task.Delay(settings.WarmUp(60, 3), cancellationToken); // The beats have to have run often enough to be compiled for good.

        int[] master = [recluster.MasterId];
        int[] workers = [.. recluster.ProcessIds.Except(master)];
        (string Name, int[] Processes)[] parts = [("master", master), ($"{Workers} workers", workers), ("plain Kestrel", [.. plain.ProcessIds])];
        var before = parts.Select(part => ProcessorTime.Of(part.Processes)).ToArray();
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(settings.Length(60, 5), cancellationToken);
        var time = Stopwatch.GetElapsedTime(began);
        var shares = parts.Select((part, i) => (ProcessorTime.Of(part.Processes) - before[i]) / time).ToArray();

        var least = plain.ProcessIds.Sum(ProcessFiles.ResidentMemory);
        var table = new Table("", "of one core", "resident memory for each process", "the same against plain Kestrel", "proportional (PSS)");
        for (var i = 0; i < parts.Length; i++)
        {
            var resident = parts[i].Processes.Sum(ProcessFiles.ResidentMemory) / parts[i].Processes.Length;
            table.Row(
                parts[i].Name,
                Say.Percent(shares[i]),
                Say.Megabytes(resident),
                Say.Ratio(resident, least),
                Say.Megabytes(parts[i].Processes.Sum(ProcessFiles.ProportionalMemory) / parts[i].Processes.Length));
        }

        return $"""
            A cluster of {Workers} workers with default options, heartbeats included, for {time.TotalSeconds:F0} s without a request.

            {table}
            """;
    }
}
