using Recluster.Bench;
using Recluster.Bench.Report;
using Recluster.Bench.Scenarios;
using Recluster.Bench.Servers.Peers;

IScenario[] all =
[
    new FailureScenario(),
    new LatencyScenario(),
    new CostScenario([() => new ProxyPeer(new NginxProxy(reusePort: true))]),
    new PeerScenario(PeerList.All()),
    new StartScenario(),
    new BalanceScenario(),
    new RestScenario(),
];

var names = args.TakeWhile(arg => !arg.StartsWith('-')).ToArray();
BenchSettings settings;
try
{
    settings = BenchSettings.Parse(args[names.Length..]);
    if (names.Except(all.Select(scenario => scenario.Name)).FirstOrDefault() is { } unknown)
    {
        throw new ArgumentException(unknown);
    }
}
catch (ArgumentException e)
{
    Console.Error.WriteLine($"'{e.Message}'? bench/run [{string.Join("] [", all.Select(scenario => scenario.Name))}] [--quick] [--seconds N] [--rate N] [--workload TEXT]");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

foreach (var scenario in all.Where(scenario => names.Length == 0 || names.Contains(scenario.Name)))
{
    Console.WriteLine($"{scenario.Name}: {scenario.Title}");
    string text;
    try
    {
        text = await scenario.RunAsync(settings, stop.Token);
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        return 130; // Ctrl-C: what it had measured up to then is no result.
    }

    if (!settings.Quick && settings.Workload.Length == 0) // Else it is no measurement, or a part of a section.
    {
        Results.Write(scenario, text, string.Join(' ', ["bench/run", .. args]));
        Results.Assemble(all);
    }

    Console.WriteLine();
    Console.WriteLine(text);
    Console.WriteLine();
}

return 0;
