using System.Runtime.Versioning;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Recluster.Platform;
using Recluster.Sockets;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>
/// The master's place in the life of its host.
/// Order: Kestrel reserves the sockets (StartAsync of the web host); the first generation starts (StartedAsync, so that
/// ApplicationStarted means "serving"); when the host stops, the sockets go, the workers finish (StoppingAsync), and only then
/// the rest of the host stops.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class MasterService(
    ClusterLoop loop,
    MasterSockets sockets,
    IHostApplicationLifetime lifetime,
    IOptions<HostOptions> hostOptions) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromDays(1);

    private MasterSignals? _signals;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        ProcessName.Set(ProcessName.ForMaster(ProcessName.App));
        _signals = new MasterSignals(loop);
        loop.StopRequested = lifetime.StopApplication;
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        loop.Start();
        using var cancelled = cancellationToken.Register(() => loop.Post(new Input.TerminateRequested()));
        await loop.Started;

        // TerminateAsync, by whomever: the host has nothing left to do.
        _ = loop.Stopped.ContinueWith(_ => lifetime.StopApplication(), TaskScheduler.Default);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (!loop.Started.IsCompletedSuccessfully)
        {
            return;
        }

        var timeout = hostOptions.Value.ShutdownTimeout;
        loop.Post(new Input.StopRequested(timeout < TimeSpan.Zero || timeout > LongestStop ? LongestStop : timeout));

        // The master's part; the workers take what is queued and let go of theirs, and from then on the kernel refuses.
        sockets.Dispose();
        using var cancelled = cancellationToken.Register(() => loop.Post(new Input.StopRequested(TimeSpan.Zero)));
        await loop.Stopped;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals?.Dispose();
}
