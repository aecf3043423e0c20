using System.Globalization;
using System.Text.Json;
using Recluster.LoadClient;

namespace Recluster.Bench.Servers;

/// <summary>The app with the two lines of Recluster.</summary>
/// <param name="settings">What differs from the default options, such as <c>--Recluster:MaxSurge=1</c>.</param>
internal sealed class ReclusterServer(params IReadOnlyList<string> settings) : IBenchServer, IManyEndpoints
{
    private static readonly TimeSpan ReloadLimit = TimeSpan.FromMinutes(3);

    private AppProcess? _app;

    public string Name => "Recluster";

    /// <summary>Whether it listens for TLS and HTTP/2 too.</summary>
    internal bool AllEndpoints { get; init; }

    /// <summary>
    /// Whether it shares the load client's session, where the kernel wakes the threads of both alike. Between sessions a wake-up can wait some
    /// tens of milliseconds while the other session is busy, which would be measured as latency of whatever is measured.
    /// </summary>
    internal bool InClientSession { get; init; }

    public string? Missing => null;

    public IReadOnlyList<int> ProcessIds => _app?.ProcessIds ?? [];

    public LoadTargets Targets => _app!.Targets;

    /// <summary>The master's process.</summary>
    internal int MasterId => _app!.Id;

    public async Task<LoadTarget> StartAsync(int workers, CancellationToken cancellationToken)
    {
        _app = await AppProcess.StartAsync(
            Ports.FreeTargets(AllEndpoints), InClientSession, ["--cluster", workers.ToString(CultureInfo.InvariantCulture), .. settings]);
        return _app.Targets.Http;
    }

    /// <summary>Reloads, and completes when the new generation serves.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var answer = await HttpConnection.SendOnceAsync(Targets.Http, "/admin/reload", ReloadLimit, "POST");
        using var result = JsonDocument.Parse(answer.Text);
        if (!result.RootElement.GetProperty("succeeded").GetBoolean())
        {
            throw new InvalidOperationException(answer.Text);
        }
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? default;
}
