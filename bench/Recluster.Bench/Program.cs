using System.Globalization;
using Recluster.Bench;
using Recluster.Bench.Report;
using Recluster.Bench.Scenarios;

IScenario[] all = [new FailureScenario()];

var names = args.TakeWhile(arg => !arg.StartsWith('-')).ToArray();
var flags = args[names.Length..];
var unknown = names.Except(all.Select(scenario => scenario.Name))
    .Concat(flags.Where((flag, i) => flag is not ("--quick" or "--seconds") && !(i > 0 && flags[i - 1] == "--seconds"))).ToArray();
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"Unknown: {string.Join(' ', unknown)}. bench/run [{string.Join("] [", all.Select(scenario => scenario.Name))}] [--quick] [--seconds N]");
    return 2;
}

var seconds = Array.IndexOf(flags, "--seconds") is >= 0 and var at ? int.Parse(flags[at + 1], CultureInfo.InvariantCulture) : (int?)null;
var settings = new BenchSettings(flags.Contains("--quick"), seconds);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

foreach (var scenario in all.Where(scenario => names.Length == 0 || names.Contains(scenario.Name)))
{
    Console.WriteLine($"{scenario.Name}: {scenario.Title}");
    var text = await scenario.RunAsync(settings, stop.Token);
    Results.Write(scenario, text, string.Join(' ', ["bench/run", .. args]));
    Results.Assemble(all);
    Console.WriteLine();
    Console.WriteLine(text);
    Console.WriteLine();
}

return 0;
