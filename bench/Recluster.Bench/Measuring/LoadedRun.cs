using Recluster.Bench.Servers;
using Recluster.LoadClient;

namespace Recluster.Bench.Measuring;

/// <summary>What a server's clients suffered in a time with so many reloads.</summary>
internal sealed record LoadedRun(LoadReport Report, int Reloads, IReadOnlyList<string> FailedReloads)
{
    /// <summary>Puts a server under load for a time; a pace of null reloads it never.</summary>
    internal static async Task<LoadedRun> MeasureAsync(
        IBenchServer server, LoadOptions options, TimeSpan length, TimeSpan? pace, CancellationToken cancellationToken)
    {
        await using var load = LoadRun.Start(options, cancellationToken);
        await using var reloads = pace is { } every ? Measuring.Reloads.Start(server, every, cancellationToken) : null;
        await Task.Delay(length, cancellationToken);
        if (reloads is not null)
        {
            await reloads.StopAsync(); // The last one still happens under load.
        }

        return new(await load.StopAsync(), reloads?.Done ?? 0, reloads?.Failures ?? []);
    }
}
