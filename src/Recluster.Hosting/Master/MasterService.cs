using System.Runtime.Versioning;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Diagnostics;
using Recluster.Hosts;
using Recluster.Lifecycle;
using Recluster.Platform;
using Recluster.Sockets;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>
/// The master's place in the life of its host.
/// Order: Kestrel reserves the sockets (StartAsync of the web host); the first generation starts (StartedAsync, so that
/// ApplicationStarted means "serving"); when the host stops, the cluster serves for ShutdownDelay, then the sockets go, the workers
/// finish (StoppingAsync), and only then the rest of the host stops.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class MasterService(
    ClusterLoop loop,
    ClusterSockets sockets,
    WorkerPipeline pipeline,
    IHostApplicationLifetime lifetime,
    IOptions<ReclusterOptions> options,
    IOptions<HostOptions> hostOptions,
    ConfigurationChanges changes,
    TimeProvider time,
    ILoggerFactory loggerFactory) : IHostedLifecycleService, IDisposable
{
    // What the host may have done before it called StartingAsync; its timeout counts from there.
    private static readonly TimeSpan BeforeBegun = TimeSpan.FromSeconds(2);

    private readonly long _begun = time.GetTimestamp();
    private MasterSignals? _signals;
    private TimeSpan _timeout;
    private int _stopSignals;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        ClusterSockets.CheckRoom();
        if (UnixSockets.Problem is { } problem)
        {
            throw StartMistake.Of(new InvalidOperationException(problem));
        }

        ProcessName.Set(ProcessName.ForMaster(ProcessName.App));
        var delay = options.Value.ShutdownDelay;
        _signals = new MasterSignals(
            loop,
            () => IsHostStopping || loop.Snapshot.IsStopping,
            delay > TimeSpan.Zero ? OnStopSignal : null,
            loggerFactory.CreateMasterLogger());
        _timeout = ReclusterLimits.StopTime(hostOptions.Value.ShutdownTimeout);
        if (hostOptions.Value.ShutdownTimeout >= TimeSpan.Zero)
        {
            // The host looks at it when it stops, and its time runs from there: the delay is not to be taken from the workers'.
            hostOptions.Value.ShutdownTimeout += delay;
        }

        loop.StopRequested = lifetime.StopApplication;
        loop.Open();
        changes.Start();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        sockets.CheckLimit();
        // The web host has built its pipeline here as in a worker, so what every worker would refuse is known before there is one.
        pipeline.ThrowIfNotInUse();
        loop.Start();
        using var cancelled = cancellationToken.Register(() => loop.Post(
            HasStartTimedOut ? new Input.StartTimedOut(hostOptions.Value.StartupTimeout)
            : IsHostStopping ? new Input.StopRequested(_timeout)
            : new Input.TerminateRequested()));
        try
        {
            await loop.Started;
        }
        catch (OperationCanceledException) when (IsHostStopping)
        {
            return; // A stop during the start is no failure of it: the host goes on to its own stop.
        }

        // TerminateAsync, by whomever: the host has nothing left to do.
        _ = loop.Stopped.ContinueWith(_ => lifetime.StopApplication(), TaskScheduler.Default);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (!loop.Started.IsCompletedSuccessfully)
        {
            return;
        }

        loop.Post(new Input.StopRequested(_timeout, options.Value.ShutdownDelay));
        if (Volatile.Read(ref _stopSignals) > 1)
        {
            SkipDelay();
        }

        using var cancelled = cancellationToken.Register(() => loop.Post(new Input.StopRequested(TimeSpan.Zero)));
        await loop.Stopped;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals?.Dispose();

    private bool IsHostStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>The token of the start ends by StartupTimeout, by the stop of the host, or by whoever called StartAsync with one of his own.</summary>
    private bool HasStartTimedOut => hostOptions.Value.StartupTimeout > TimeSpan.Zero
        && !IsHostStopping
        && time.GetElapsedTime(_begun) + BeforeBegun >= hostOptions.Value.StartupTimeout;

    // The host's own lifetime makes a stop of the first signal and nothing of the next. One that comes before StoppingAsync is seen there.
    private void OnStopSignal()
    {
        if (Interlocked.Increment(ref _stopSignals) > 1 && lifetime.ApplicationStopping.IsCancellationRequested)
        {
            SkipDelay();
        }
    }

    private void SkipDelay() => loop.Post(new Input.StopRequested(_timeout));
}
