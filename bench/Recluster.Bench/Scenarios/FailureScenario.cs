using Recluster.Bench.Measuring;
using Recluster.Bench.Report;
using Recluster.Bench.Servers;
using Recluster.LoadClient;

namespace Recluster.Bench.Scenarios;

/// <summary>Counts what fails while Recluster reloads every two seconds, or as fast as it can, in each way of using a server.</summary>
internal sealed class FailureScenario : IScenario
{
    private const int Workers = 2;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BackToBack = TimeSpan.FromMilliseconds(1);

    public string Name => "failures";

    public string Title => "Failed requests across reloads";

    public async Task<string> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        await using var plain = new PlainKestrel { AllEndpoints = true };
        await using var recluster = new ReclusterServer { AllEndpoints = true };
        // A connection that is held open pins its worker, and by default the third generation that is pinned is told to finish.
        await using var patient = new ReclusterServer("--Recluster:MaxDrainingGenerations=100") { AllEndpoints = true };
        foreach (var server in (IBenchServer[])[plain, recluster, patient])
        {
            await server.StartAsync(Workers, cancellationToken);
        }

        var rows = new FailureTable("workload");
        foreach (var workload in Workloads.All.Where(load => load.Name.Contains(settings.Workload, StringComparison.Ordinal)))
        {
            await LoadedRun.MeasureAsync(plain, workload.Options(plain.Targets)!, settings.WarmUp(1, 0.3), pace: null, cancellationToken); // Warms the client too.
            var floor = await LoadedRun.MeasureAsync(
                plain, workload.Options(plain.Targets)!, settings.Length(4, 0.5), pace: null, cancellationToken);
            var holds = workload == Workloads.WebSocketsHeld || workload == Workloads.EventStreamsHeld;
            var isFlatOut = workload == Workloads.KeepAlive;
            var server = holds ? patient : recluster;
            var run = await LoadedRun.MeasureAsync(
                server,
                workload.Options(server.Targets)!,
                isFlatOut ? settings.Length(60, 4) : settings.Length(16, 3),
                isFlatOut ? BackToBack : Pace,
                cancellationToken,
                settings.Times(isFlatOut ? 12 : 7, 1));
            rows.Add(workload.Name + (holds ? " ¹" : workload.Options(plain.Targets)!.Mode == LoadMode.Http2 ? " ²" : ""), run, floor);
        }

        return $"""
            {Workers} workers, default options, a reload every {Pace.TotalSeconds:F0} s or, where one takes longer, one after the other; in "{Workloads.KeepAlive.Name}" without a pause.
            The clients never look at a connection before they write to it. p50, p99 and max are ratios to plain Kestrel without a reload
            in the same run, under the same load.

            {rows}
            {rows.Totals}

            ¹ With `MaxDrainingGenerations` 100 instead of 2: a connection that is held open for ever pins its worker, and of the workers so
            pinned by default the third generation is told to finish.
            ² The client is .NET's HttpClient, which repeats by itself only what the server's GOAWAY has declared unprocessed, as clients of
            HTTP/2 do (RFC 9113, 6.8). All other workloads but WebSockets (ClientWebSocket) run on raw sockets and repeat nothing.
            """;
    }
}
