using Recluster.LoadClient;

namespace Recluster.FunctionalTests.Support;

/// <summary>One open connection to the worker of each slot, to ask each in turn.</summary>
internal sealed class SlotConnections : IAsyncDisposable
{
    private const int Tries = 500;

    private readonly Dictionary<int, HttpConnection> _connections = [];

    /// <summary>
    /// Connections of a slot that has one already stay open until all slots have one: a slot with more connections than others hands new
    /// ones over, so with load beside it a lighter slot would get each of them.
    /// </summary>
    internal static async Task<SlotConnections> OpenAsync(ClusterProcess cluster, int workers = 2, LoadTarget? target = null)
    {
        var slots = new SlotConnections();
        var spare = new List<HttpConnection>();
        try
        {
            for (var i = 0; i < Tries && slots._connections.Count < workers; i++)
            {
                var connection = await HttpConnection.OpenAsync(target ?? cluster.Target, Eventually.Limit);
                var who = ClusterProcess.Parse<ZooIdentity>(await connection.SendAsync("/", Eventually.Limit));
                if (!slots._connections.TryAdd(who.Slot, connection))
                {
                    spare.Add(connection);
                }
            }
        }
        finally
        {
            foreach (var connection in spare)
            {
                await connection.DisposeAsync();
            }
        }

        Assert.Equal(Enumerable.Range(0, workers), slots._connections.Keys.Order());
        return slots;
    }

    internal async Task<HttpResponse> RequestAsync(int slot, string path, string method = "GET")
    {
        var response = await _connections[slot].SendAsync(path, Eventually.Limit, method);
        Assert.True(response.Status == 200, $"{method} {path}: status {response.Status}: {response.Text}");
        return response;
    }

    internal async Task<T> GetAsync<T>(int slot, string path) => ClusterProcess.Parse<T>(await RequestAsync(slot, path));

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
        {
            await connection.DisposeAsync();
        }
    }
}
