using Recluster.LoadClient;

namespace Recluster.Bench.Measuring;

/// <summary>Opens keep-alive connections and counts them by the worker that answers on each.</summary>
internal static class ConnectionSpread
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenTwo = TimeSpan.FromMilliseconds(2);

    /// <summary>Busiest / mean of so many connections, opened all at once or one by one.</summary>
    internal static async Task<double> MeasureAsync(LoadTarget target, int workers, int connections, bool burst, CancellationToken cancellationToken)
    {
        var open = new List<(HttpConnection Connection, string Worker)>(connections);
        if (burst)
        {
            open.AddRange(await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => OpenAsync(target))));
        }
        else
        {
            for (var i = 0; i < connections; i++)
            {
                open.Add(await OpenAsync(target));
                await Task.Delay(BetweenTwo, cancellationToken);
            }
        }

        foreach (var (connection, _) in open)
        {
            await connection.DisposeAsync();
        }

        return open.CountBy(one => one.Worker).Max(pair => pair.Value) * workers / (double)connections;
    }

    /// <summary>Completes when so many workers answer.</summary>
    internal static async Task UntilAllAnswerAsync(LoadTarget target, int workers, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>();
        while (seen.Count < workers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var answers = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => HttpConnection.SendOnceAsync(target, "/worker", Limit)));
            seen.UnionWith(answers.Select(answer => answer.Text));
        }
    }

    private static async Task<(HttpConnection Connection, string Worker)> OpenAsync(LoadTarget target)
    {
        var connection = await HttpConnection.OpenAsync(target, Limit);
        return (connection, (await connection.SendAsync("/worker", Limit)).Text);
    }
}
