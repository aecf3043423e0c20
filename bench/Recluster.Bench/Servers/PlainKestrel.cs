using Recluster.LoadClient;

namespace Recluster.Bench.Servers;

/// <summary>The app without Recluster: one process. The floor that all others are measured against; it cannot reload.</summary>
internal sealed class PlainKestrel : IBenchServer, IManyEndpoints
{
    private AppProcess? _app;

    public string Name => "plain Kestrel";

    /// <summary>Whether it listens for TLS and HTTP/2 too.</summary>
    internal bool AllEndpoints { get; init; }

    public string? Missing => null;

    public IReadOnlyList<int> ProcessIds => _app?.ProcessIds ?? [];

    public LoadTargets Targets => _app!.Targets;

    public async Task<LoadTarget> StartAsync(int workers, CancellationToken cancellationToken)
    {
        _app = await AppProcess.StartAsync(Ports.FreeTargets(AllEndpoints));
        return _app.Targets.Http;
    }

    public Task ReloadAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("A plain Kestrel cannot reload; StopAndStart is the nearest to it.");

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? default;
}
