using Recluster.Bench.Measuring;
using Recluster.Bench.Report;
using Recluster.Bench.Servers;
using Recluster.LoadClient;

namespace Recluster.Bench.Scenarios;

/// <summary>The same failures in other systems that reload, each in the way its own documentation gives.</summary>
internal sealed class PeerScenario(IReadOnlyList<Func<IBenchServer>> peers) : IScenario
{
    private const int Workers = 2;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);
    private static readonly Workload[] Loads = [Workloads.ConnectionPerRequest, Workloads.KeepAlive, Workloads.Thinking, Workloads.Slow];

    public string Name => "peers";

    public string Title => "The same in other systems";

    public async Task<string> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        var floors = new Dictionary<Workload, LoadedRun>();
        await using (var plain = new PlainKestrel())
        {
            await plain.StartAsync(Workers, cancellationToken);
            foreach (var load in Loads.Take(settings.Times(4, 1)))
            {
                await MeasureAsync(plain, load, settings.WarmUp(1, 0.5), null); // Warms the client too.
                floors.Add(load, await MeasureAsync(plain, load, settings.Length(3, 1), null));
            }
        }

        var table = new FailureTable("system", "workload");
        var notes = new List<string>();
        foreach (var create in (Func<IBenchServer>[])[() => new ReclusterServer(), () => new StopAndStart(), .. peers])
        {
            await using var server = create();
            if (server.Missing is { } missing)
            {
                notes.Add($"{server.Name} is left out: {missing}.");
                continue;
            }

            try
            {
                await MeasureServerAsync(server);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                notes.Add($"{server.Name} could not be measured: {e.Message.ReplaceLineEndings(" ")}");
            }
        }

        return $"""
            {Workers} workers, a reload every {Pace.TotalSeconds:F0} s, {settings.Length(8, 3).TotalSeconds:F0} s for each workload. The clients never look at a connection before they write to it and repeat nothing.
            p50, p99 and max are ratios to plain Kestrel without a reload in the same run.

            {table}
            {string.Join(Environment.NewLine, notes)}
            """;

        async Task MeasureServerAsync(IBenchServer server)
        {
            var target = await server.StartAsync(Workers, cancellationToken);
            foreach (var load in Loads.Take(settings.Times(4, 1)))
            {
                table.Add([server.Name, load.Name], await MeasureTargetAsync(server, target, load, settings.Length(8, 3), Pace), floors[load]);
            }
        }

        Task<LoadedRun> MeasureAsync(PlainKestrel plain, Workload load, TimeSpan length, TimeSpan? pace) =>
            MeasureTargetAsync(plain, plain.Targets.Http, load, length, pace);

        Task<LoadedRun> MeasureTargetAsync(IBenchServer server, LoadTarget target, Workload load, TimeSpan length, TimeSpan? pace) =>
            LoadedRun.MeasureAsync(server, load.Options(new(target))!, length, pace, cancellationToken);
    }
}
