using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Recluster.LoadClient;

namespace Recluster.Bench.Measuring;

/// <summary>The load generator wrk, which costs the machine that is also the server less than a client in .NET.</summary>
internal static partial class Wrk
{
    private const int Connections = 32;

    /// <summary>Null where it can run; else the reason, with the remedy.</summary>
    internal static string? Missing
    {
        get
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo("wrk", "-v") { RedirectStandardOutput = true, RedirectStandardError = true });
                process!.WaitForExit();
                return null;
            }
            catch (Win32Exception)
            {
                return "wrk is not installed: apt-get install wrk";
            }
        }
    }

    /// <returns>How many requests were answered, and in what time.</returns>
    internal static async Task<(long Requests, TimeSpan Time)> RunAsync(
        LoadTarget target, TimeSpan length, bool close, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-t1", $"-c{Connections}", string.Create(CultureInfo.InvariantCulture, $"-d{Math.Max(1, length.TotalSeconds):F0}s"),
            .. close ? (string[])["-H", "Connection: close"] : [], $"http://{target.Host}/",
        ];
        using var process = Process.Start(new ProcessStartInfo("wrk", arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var requests = Requests().Match(output);
        var rate = Rate().Match(output);
        if (!requests.Success || !rate.Success || output.Contains("Non-2xx", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"wrk says: {output}");
        }

        var count = long.Parse(requests.Groups[1].Value, CultureInfo.InvariantCulture);
        return (count, TimeSpan.FromSeconds(count / double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture)));
    }

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();
}
