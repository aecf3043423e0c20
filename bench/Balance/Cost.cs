using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Recluster.BalanceBench;

/// <summary>Processor time of the whole cluster for a request, under wrk.</summary>
internal static partial class Cost
{
    /// <summary>Microseconds a request.</summary>
    internal static async Task<double> MeasureAsync(BenchCluster cluster, int connections, bool close, int seconds)
    {
        var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true };
        foreach (var argument in (string[])
            [
                "-t1", $"-c{connections}", $"-d{seconds}s",
                .. close ? (string[])["-H", "Connection: close"] : [],
                $"http://127.0.0.1:{cluster.Port}/",
            ])
        {
            start.ArgumentList.Add(argument);
        }

        var before = cluster.ProcessorTime;
        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        var used = cluster.ProcessorTime - before;
        return used.TotalMicroseconds / long.Parse(Requests().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();
}
