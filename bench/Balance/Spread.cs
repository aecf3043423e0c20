using Recluster.LoadClient;

namespace Recluster.BalanceBench;

/// <summary>Opens keep-alive connections and counts them by the worker that answers on each.</summary>
internal static class Spread
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Busiest / mean of so many connections.</summary>
    internal static async Task<double> MeasureAsync(LoadTarget target, int workers, int connections, bool burst)
    {
        var open = new List<HttpConnection>(connections);
        var answers = new List<string>(connections);
        if (burst)
        {
            var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => OpenAsync(target)));
            open.AddRange(all.Select(pair => pair.Connection));
            answers.AddRange(all.Select(pair => pair.Worker));
        }
        else
        {
            for (var i = 0; i < connections; i++)
            {
                var (connection, worker) = await OpenAsync(target);
                open.Add(connection);
                answers.Add(worker);
                await Task.Delay(2);
            }
        }

        foreach (var connection in open)
        {
            await connection.DisposeAsync();
        }

        return answers.GroupBy(worker => worker).Max(group => group.Count()) * workers / (double)connections;
    }

    /// <summary>The worker that answers on a fresh connection; null if none does.</summary>
    internal static async Task<string?> AskAsync(LoadTarget target)
    {
        try
        {
            return (await HttpConnection.SendOnceAsync(target, "/worker", Limit)).Text;
        }
        catch (RequestFailedException)
        {
            return null;
        }
    }

    internal static async Task UntilAllAnswerAsync(LoadTarget target, int workers)
    {
        var seen = new HashSet<string>();
        while (seen.Count < workers)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => AskAsync(target)));
            seen.UnionWith(answers.OfType<string>());
        }
    }

    private static async Task<(HttpConnection Connection, string Worker)> OpenAsync(LoadTarget target)
    {
        var connection = await HttpConnection.OpenAsync(target, Limit);
        return (connection, (await connection.SendAsync("/worker", Limit)).Text);
    }
}
