using Recluster.Bench.Servers;
using Recluster.LoadClient;

namespace Recluster.Bench.Measuring;

/// <summary>What a server's clients suffered in a time with so many reloads.</summary>
internal sealed record LoadedRun(LoadReport Report, int Reloads, IReadOnlyList<string> FailedReloads)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>Puts a server under load for a time, and for longer until so many reloads are done; a pace of null reloads it never.</summary>
    internal static async Task<LoadedRun> MeasureAsync(
        IBenchServer server, LoadOptions options, TimeSpan length, TimeSpan? pace, CancellationToken cancellationToken, int leastReloads = 0)
    {
        await using var load = LoadRun.Start(options, cancellationToken);
        await using var reloads = pace is { } every ? Measuring.Reloads.Start(server, every, cancellationToken) : null;
        await Task.Delay(length, cancellationToken);
        if (reloads is not null)
        {
            while (reloads.Done + reloads.Failures.Count < leastReloads)
            {
                await Task.Delay(LookAgainAfter, cancellationToken);
            }

            await reloads.StopAsync(); // The last one still happens under load.
        }

        return new(await load.StopAsync(), reloads?.Done ?? 0, reloads?.Failures ?? []);
    }
}
