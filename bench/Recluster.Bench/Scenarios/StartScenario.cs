using System.Diagnostics;
using Recluster.Bench.Measuring;
using Recluster.Bench.Report;
using Recluster.Bench.Servers;

namespace Recluster.Bench.Scenarios;

/// <summary>How long a start and a reload take, and what a reload costs, in units of the start of one plain Kestrel.</summary>
internal sealed class StartScenario : IScenario
{
    private const int StartedWorkers = 2;

    private static readonly int[] ReloadedWorkers = [2, 8, 32];

    public string Name => "start";

    public string Title => "Start and reload";

    public async Task<string> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        var plain = new List<Start>();
        var clustered = new List<Start>();
        for (var i = 0; i <= settings.Times(9, 2); i++)
        {
            foreach (var (create, starts) in ((Func<IBenchServer>, List<Start>)[])[(() => new PlainKestrel(), plain), (() => new ReclusterServer(), clustered)])
            {
                await using var server = create();
                var start = await MeasureStartAsync(server, cancellationToken);
                Console.WriteLine($"  {server.Name}: first response after {Say.Milliseconds(start.Time)}, {Say.Milliseconds(start.Used)} of processor time");
                if (i > 0) // The first warms the page cache.
                {
                    starts.Add(start);
                }
            }
        }

        var unit = new Start(Middle(plain, start => start.Time), Middle(plain, start => start.Used), (long)Sample.Median(plain.Select(start => (double)start.Memory)));
        var table = new Table("reload of", "time", "processor time for each worker", "memory at rest for each process", "memory at the peak against rest");
        foreach (var workers in ReloadedWorkers.Take(settings.Times(3, 2)))
        {
            table.Row(await MeasureReloadsAsync(workers, settings.Times(workers > 8 ? 2 : 5, 1), unit, cancellationToken));
        }

        return $"""
            The unit is one plain Kestrel in the same run: from its start to its first response, its processor time up to then, its memory (its own and its part
            of what is shared). Medians of {plain.Count}.

            Recluster with {StartedWorkers} workers, master and all, gives its first response after {Say.Ratio(Middle(clustered, start => start.Time), unit.Time)} times the time of one plain Kestrel.

            {table}
            "Time" is from the request to the answer that the new generation serves, in units; at most half as many workers as there are cores start at once.
            Processor time is that of all processes, the end of the old workers included, divided by the workers. All without load.
            """;
    }

    private static async Task<Start> MeasureStartAsync(IBenchServer server, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        await server.StartAsync(StartedWorkers, cancellationToken);
        return new(Stopwatch.GetElapsedTime(began), ProcessorTime.Of(server.ProcessIds), server.ProcessIds.Sum(ProcessFiles.ProportionalMemory));
    }

    private static async Task<string[]> MeasureReloadsAsync(int workers, int times, Start unit, CancellationToken cancellationToken)
    {
        await using var server = new ReclusterServer();
        await server.StartAsync(workers, cancellationToken);
        await server.ReloadAsync(cancellationToken); // So that each measured one ends workers of its own kind.
        await OldAreGoneAsync(server, workers, cancellationToken);
        var rest = server.ProcessIds.Sum(ProcessFiles.ProportionalMemory);
        var (durations, used, peaks) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < times; i++)
        {
            var before = Used(server);
            using var memory = new MemoryPeak();
            var began = Stopwatch.GetTimestamp();
            await server.ReloadAsync(cancellationToken);
            durations.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await OldAreGoneAsync(server, workers, cancellationToken);
            used.Add((Used(server) - before).TotalSeconds / workers);
            peaks.Add(rest + memory.Taken);
            Console.WriteLine($"  {workers} workers: {durations[^1]:F2} s, {used[^1]:F2} s of processor time a worker, {Say.Megabytes(rest)} at rest, {Say.Megabytes((long)peaks[^1])} at the peak");
        }

        return
        [
            $"{workers} workers",
            Say.Ratio(Sample.Median(durations), unit.Time.TotalSeconds),
            Say.Ratio(Sample.Median(used), unit.Used.TotalSeconds),
            Say.Ratio((double)rest / (workers + 1), unit.Memory),
            Say.Ratio(Sample.Median(peaks), rest),
        ];
    }

    private static TimeSpan Used(ReclusterServer server) => ProcessorTime.Of(server.ProcessIds) + ProcessFiles.BuriedChildrenTime(server.MasterId);

    private static async Task OldAreGoneAsync(ReclusterServer server, int workers, CancellationToken cancellationToken)
    {
        while (server.ProcessIds.Count > workers + 1)
        {
            await Task.Delay(20, cancellationToken);
        }
    }

    private static TimeSpan Middle(List<Start> starts, Func<Start, TimeSpan> part) =>
        TimeSpan.FromSeconds(Sample.Median(starts.Select(start => part(start).TotalSeconds)));

    private readonly record struct Start(TimeSpan Time, TimeSpan Used, long Memory);
}
