using System.Text.Json;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests.Support;

// What a test asks of a running cluster over HTTP.
internal sealed partial class ClusterProcess
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private const int TriesForAllSlots = 500;

    /// <summary>One request on a fresh connection; anything but a response with 200 fails.</summary>
    internal async Task<HttpResponse> RequestAsync(string path, string method = "GET", LoadTarget? target = null, byte[]? body = null)
    {
        var response = await HttpConnection.SendOnceAsync(target ?? Target, path, Eventually.Limit, method, body);
        Assert.True(response.Status == 200, $"{method} {path}: status {response.Status}: {response.Text}");
        return response;
    }

    internal async Task<T> GetAsync<T>(string path, LoadTarget? target = null) => Parse<T>(await RequestAsync(path, target: target));

    internal Task<ZooIdentity> WhoAsync(LoadTarget? target = null) => GetAsync<ZooIdentity>("/", target);

    internal Task<ReclusterWorkerInfo[]> WorkersAsync(LoadTarget? target = null) =>
        GetAsync<ReclusterWorkerInfo[]>("/admin/workers", target);

    internal async Task<ReloadAnswer> ReloadAsync(LoadTarget? target = null) =>
        Parse<ReloadAnswer>(await RequestAsync("/admin/reload", "POST", target));

    /// <summary>
    /// Who answers in each slot, by connections that are kept open until all have been seen: a slot with more connections than
    /// others hands new ones over.
    /// </summary>
    internal async Task<IReadOnlyDictionary<int, ZooIdentity>> AllSlotsAsync(int workers = 2, LoadTarget? target = null)
    {
        var seen = new Dictionary<int, ZooIdentity>();
        var open = new List<HttpConnection>();
        try
        {
            for (var i = 0; i < TriesForAllSlots && seen.Count < workers; i++)
            {
                open.Add(await HttpConnection.OpenAsync(target ?? Target, Eventually.Limit));
                var who = Parse<ZooIdentity>(await open[^1].SendAsync("/", Eventually.Limit));
                seen[who.Slot] = who;
            }
        }
        finally
        {
            foreach (var connection in open)
            {
                await connection.DisposeAsync();
            }
        }

        Assert.Equal(Enumerable.Range(0, workers), seen.Keys.Order());
        return seen;
    }

    /// <summary>Reloads by signal and waits until it is done.</summary>
    internal Task ReloadBySignalAsync(string outcome = "Reload done") => ReloadBySignalAsync(MasterPid, outcome);

    /// <summary>The same where the process that was started is not the master itself.</summary>
    internal async Task ReloadBySignalAsync(int masterPid, string outcome = "Reload done")
    {
        var mark = Log.Mark;
        Posix.Signal(masterPid, Posix.SigUsr2);
        await Log.WaitForAsync(outcome, mark);
    }

    /// <summary>Waits for a state of the workers as the cluster itself reports it.</summary>
    internal Task<ReclusterWorkerInfo[]> WorkersWhenAsync(Func<ReclusterWorkerInfo[], bool> isSo, LoadTarget? target = null) =>
        Eventually.GetAsync(
            async () =>
            {
                var workers = await WorkersAsync(target);
                return isSo(workers) ? workers : null;
            },
            () => $"the workers as expected. The output:{Environment.NewLine}{Log.Text}");

    internal static T Parse<T>(HttpResponse response) => JsonSerializer.Deserialize<T>(response.Body, Json)!;
}
