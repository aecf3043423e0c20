namespace Recluster.LoadClient;

/// <summary>Makes the clients of a run.</summary>
internal static class LoadClients
{
    private const int Http2Streams = 4;

    internal static IReadOnlyList<ILoadClient> Create(LoadOptions options) => options.Mode switch
    {
        LoadMode.Http2 => [.. CreateHttp2(options)],
        LoadMode.WebSocket => [.. Many(options, () => new WebSocketLoadClient(options))],
        LoadMode.EventStream => [.. Many(options, () => new EventStreamLoadClient(options))],
        _ => [.. Many(options, () => new HttpLoadClient(options))],
    };

    private static IEnumerable<ILoadClient> Many(LoadOptions options, Func<ILoadClient> create) =>
        Enumerable.Range(0, options.Clients).Select(_ => create());

    private static IEnumerable<ILoadClient> CreateHttp2(LoadOptions options) =>
        from sharing in Enumerable.Range(0, options.Clients).Chunk(Http2Streams)
        let connections = new Http2Connections(options, sharing.Length)
        from _ in sharing
        select new Http2LoadClient(options, connections);
}
