using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>
/// Runs one service once per cluster, and contains its failures: what it throws, at its start or later, is logged and told to the health
/// check, and it is started again. With <see cref="MasterServiceFailure.StopCluster"/> the cluster stops instead.
/// Order: the first start is awaited, at most StartTimeout, so that a migration is done before the workers start.
/// </summary>
#pragma warning disable CA1001 // The token source has no timer and no handle; a service may hold its token for longer.
internal sealed class MasterServiceRunner(
    string name,
    Func<bool, IHostedService> make,
    ReclusterOptions options,
    IClusterInbox inbox,
    Func<bool> isEnding,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger logger) : IHostedLifecycleService
#pragma warning restore CA1001
{
    /// <summary>After so long in StartAsync the log says what the cluster waits for.</summary>
    internal static readonly TimeSpan SlowStart = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _firstStart = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _hostStarted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private Task _run = Task.CompletedTask;
    private IHostedService? _service;
    private bool _isRemade;
    private bool _isReported;
    private MasterServiceFailedException? _fatal;

    // Of a host that could not start nobody is told that it stops.
    private bool IsEnding => _stopping.IsCancellationRequested || isEnding();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // In the pool: a StartAsync that blocks its thread is no reason to hold up the master.
        _run = Task.Run(() => RunAsync(cancellationToken), CancellationToken.None);
        if (options.StartTimeout > SlowStart && !await IsStartedWithinAsync(SlowStart, cancellationToken))
        {
            MasterLog.MasterServiceSlow(logger, name, SlowStart, options.StartTimeout);
        }

        var rest = options.StartTimeout > SlowStart ? options.StartTimeout - SlowStart : options.StartTimeout;
        if (!await IsStartedWithinAsync(rest, cancellationToken))
        {
            MasterLog.MasterServiceNotStarted(logger, name, options.StartTimeout);
            Report($"it has not finished StartAsync within StartTimeout ({options.StartTimeout})");
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _hostStarted.TrySetResult();
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken) =>
        await CallAsync(_service is IHostedLifecycleService service ? service.StoppingAsync : null, cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (await CallAsync(_ => _run, cancellationToken)
            && await CallAsync(_service is { } service ? service.StopAsync : null, cancellationToken)
            && _isRemade)
        {
            await DisposeServiceAsync();
        }
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await CallAsync(_service is IHostedLifecycleService service ? service.StoppedAsync : null, cancellationToken);
        if (_fatal is not null)
        {
            throw _fatal; // The host rethrows it when all has stopped: the process does not end with exit code 0.
        }
    }

    private async Task RunAsync(CancellationToken hostStart)
    {
        var delay = Max(options.RespawnDelay, Backoff.Least);
        while (true)
        {
            var begun = time.GetTimestamp();
            if (await RunOnceAsync(delay, hostStart) is not { } failure)
            {
                return;
            }

            if (options.MasterServiceFailure == MasterServiceFailure.StopCluster)
            {
                End(failure);
                return;
            }

            if (time.GetElapsedTime(begun) >= delay)
            {
                delay = Max(options.RespawnDelay, Backoff.Least); // It had recovered.
            }

            MasterLog.MasterServiceFailed(logger, name, Math.Round(delay.TotalSeconds, 2), failure);
            Report($"{failure.GetType().Name}: {failure.Message}");
            _firstStart.TrySetResult();
            await StopFailedAsync();
            await Task.Delay(delay, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            delay = options.MaxRespawnDelay is { } most ? Min(delay * 2, Max(delay, most)) : delay;
        }
    }

    /// <returns>Why it has failed, or null if it has completed or the master stops.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever the service throws is its failure, and is logged.")]
    private async Task<Exception?> RunOnceAsync(TimeSpan probation, CancellationToken hostStart)
    {
        try
        {
            await StartServiceAsync(hostStart);
            var end = EndOf(_service!);
            using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            if (await Task.WhenAny(end, Task.Delay(probation, time, cancelled.Token)) != end && !_stopping.IsCancellationRequested)
            {
                Report(null);
            }

            await cancelled.CancelAsync();
            await end;
            if (!IsEnding)
            {
                Report(null);
                MasterLog.MasterServiceCompleted(logger, name);
            }

            return null;
        }
        catch (Exception e) when (!IsEnding)
        {
            return e;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception e)
        {
            MasterLog.MasterServiceFailedInStop(logger, name, e);
            return null;
        }
    }

    private async Task StartServiceAsync(CancellationToken hostStart)
    {
        var isFirst = !_firstStart.Task.IsCompleted;
        _service = make(isFirst);
        _isRemade = !isFirst;
        var lifecycle = _service as IHostedLifecycleService;

        // The token ends the start alone, as the host's own does: a BackgroundService keeps it for its whole life.
        var starting = new CancellationTokenSource();
        using (_stopping.Token.Register(starting.Cancel))
        using (isFirst ? hostStart.Register(starting.Cancel) : default)
        {
            await (lifecycle?.StartingAsync(starting.Token) ?? Task.CompletedTask);
            await _service.StartAsync(starting.Token);
        }

        _firstStart.TrySetResult();
        if (lifecycle is not null)
        {
            await _hostStarted.Task.WaitAsync(_stopping.Token);
            await lifecycle.StartedAsync(_stopping.Token);
        }
    }

    /// <summary>A BackgroundService can end by itself, in order or not. Any other hosted service runs until it is stopped.</summary>
    private Task EndOf(IHostedService service) => service is BackgroundService { ExecuteTask: { } execution }
        ? execution.WaitAsync(_stopping.Token)
        : Task.Delay(Timeout.InfiniteTimeSpan, time, _stopping.Token);

    private void End(Exception failure)
    {
        MasterLog.MasterServiceEndsCluster(logger, name, failure);
        _fatal = new MasterServiceFailedException(name, failure);
        if (!_firstStart.TrySetException(_fatal))
        {
            lifetime.StopApplication();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "It has failed already; that is the failure that is told.")]
    private async Task StopFailedAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(SlowStart, time);
            await CallAsync(_service is { } service ? service.StopAsync : null, limit.Token);
            await DisposeServiceAsync();
        }
        catch (Exception e)
        {
            MasterLog.MasterServiceFailedInStop(logger, name, e);
        }

        _service = null;
    }

    private async Task DisposeServiceAsync()
    {
        if (_service is IAsyncDisposable asyncDisposable)
        {
            await asyncDisposable.DisposeAsync();
        }
        else
        {
            (_service as IDisposable)?.Dispose();
        }
    }

    /// <returns>False if the time for it is over.</returns>
    private async Task<bool> CallAsync(Func<CancellationToken, Task>? call, CancellationToken cancellationToken)
    {
        try
        {
            await (call is null ? Task.CompletedTask : Task.Run(() => call(cancellationToken), CancellationToken.None).WaitAsync(cancellationToken));
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            MasterLog.MasterServiceNotStopped(logger, name);
            return false;
        }
    }

    private async Task<bool> IsStartedWithinAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await _firstStart.Task.WaitAsync(limit, time, cancellationToken);
            return true;
        }
        catch (TimeoutException) when (!_firstStart.Task.IsCompleted)
        {
            return false;
        }
    }

    private void Report(string? failure)
    {
        if (failure is null && _isReported)
        {
            MasterLog.MasterServiceRuns(logger, name);
        }

        if (failure is not null || _isReported)
        {
            inbox.Post(new Input.MasterServiceChanged(name, failure is null ? null : FreeText.Line(failure)));
        }

        _isReported = failure is not null;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
