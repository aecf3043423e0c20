using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Lifecycle;
using Recluster.Protocol;

namespace Recluster.WarmUp;

/// <summary>
/// The warm-up of this worker, between what <see cref="ReadyWhen"/> asks for and "ready". Order: the app's callback; the requests; what failed is
/// told. It ends at its limit, and at once when the worker has to go.
/// </summary>
internal sealed class WarmUpRunner(
    WorkerSettings settings,
    WarmUpPhase phase,
    WarmUpRequests requests,
    WarmUpHaste haste,
    HostStop hostStop,
    WorkerIdentity identity,
    Lazy<MessageChannel> channel,
    IHostApplicationLifetime lifetime,
    IServiceProvider services,
    TimeProvider time,
    ILoggerFactory loggerFactory)
{
    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");
    private readonly List<string> _failures = [];

    private WarmUpOptions Options => settings.WarmUp;

    /// <summary>True if the worker may say that it is ready.</summary>
    internal async Task<bool> RunAsync()
    {
        if (!Options.Enabled)
        {
            return true;
        }

        await Task.Yield(); // The host goes on starting meanwhile.
        using var limit = new CancellationTokenSource(Options.TimeLimit, time);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping, identity.Draining);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, gone.Token);
        phase.IsOn = true;
        try
        {
            await RunAsync(end.Token, gone.Token);
        }
        catch (Exception e)
        {
            WarmUpLog.Broken(_logger, e);
        }
        finally
        {
            phase.IsOn = false;
        }

        if (gone.IsCancellationRequested)
        {
            return false;
        }

        if (!Options.IsRequired || _failures.Count == 0)
        {
            return true;
        }

        EndWorker(string.Join("; ", _failures));
        return false;
    }

    private async Task RunAsync(CancellationToken end, CancellationToken gone)
    {
        var began = time.GetTimestamp();
        var callBackFailure = await CallBackAsync(end);
        using var inHaste = haste.OnceEach.Register(() => WarmUpLog.InHaste(_logger));
        var (named, answered, pauses) = await requests.SendAsync(end);
        if (gone.IsCancellationRequested)
        {
            return;
        }

        if (callBackFailure is var (text, exception))
        {
            _failures.Add("OnWarmUp " + text);
            if (!Options.IsRequired)
            {
                WarmUpLog.CallbackFailed(_logger, text, exception);
            }
        }

        foreach (var item in named)
        {
            Judge(item);
        }

        WarmUpLog.Done(_logger, answered, time.GetElapsedTime(began).TotalMilliseconds, pauses);
    }

    private async Task<(string Text, Exception? Exception)?> CallBackAsync(CancellationToken end)
    {
        if (Options.OnWarmUp is not { } onWarmUp)
        {
            return null;
        }

        channel.Value.Send(new Message.Waiting("its warm-up: OnWarmUp"));
        try
        {
            await using var scope = services.CreateAsyncScope();
            await onWarmUp(scope.ServiceProvider, end).WaitAsync(end);
            return null;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return ($"was not done within TimeLimit ({Options.TimeLimit})", null);
        }
        catch (Exception e)
        {
            return ($"failed: {e.Message}", e);
        }
    }

    private void Judge(WarmUpItem item)
    {
        var isGivenUp = haste.OnceEach.IsCancellationRequested && !Options.IsRequired;
        var failure = item.Failure ?? (item.Answered == 0 && !isGivenUp ? $"was not answered within TimeLimit ({Options.TimeLimit})" : null);
        if (failure is not null)
        {
            _failures.Add($"{item.Name} {failure}");
            if (!Options.IsRequired)
            {
                WarmUpLog.Failed(_logger, item.Name, failure);
            }
        }
        else if (item.Answered < item.Count && !haste.OnceEach.IsCancellationRequested)
        {
            WarmUpLog.CutShort(_logger, Options.TimeLimit, item.Answered, item.Count, item.Name);
        }
    }

    /// <summary>The master is told first, so that the reload's reason has it; then the app ends in its own order.</summary>
    private void EndWorker(string failures)
    {
        channel.Value.Send(new Message.Waiting($"its warm-up, which is required: {failures}"));
        WarmUpLog.RequiredFailed(_logger, failures);
        Environment.ExitCode = 1;
        hostStop.Begin();
    }
}
