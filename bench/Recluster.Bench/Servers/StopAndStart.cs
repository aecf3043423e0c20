using Recluster.LoadClient;

namespace Recluster.Bench.Servers;

/// <summary>The app without Recluster, deployed by stopping it and starting it again at the same port.</summary>
internal sealed class StopAndStart : IBenchServer
{
    private AppProcess? _app;

    public string Name => "stop and start (plain Kestrel)";

    public string? Missing => null;

    public IReadOnlyList<int> ProcessIds => _app?.ProcessIds ?? [];

    public async Task<LoadTarget> StartAsync(int workers, CancellationToken cancellationToken)
    {
        _app = await AppProcess.StartAsync(Ports.FreeTargets(all: false));
        return _app.Targets.Http;
    }

    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var targets = _app!.Targets;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = await AppProcess.StartAsync(targets);
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? default;
}
