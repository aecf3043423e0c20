using System.Diagnostics;
using Recluster.Bench.Servers;

namespace Recluster.Bench.Measuring;

/// <summary>Reloads at a fixed pace, until it is stopped. One that takes longer than the pace is followed by the next at once.</summary>
internal sealed class Reloads : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task _running;

    private Reloads(IBenchServer server, TimeSpan pace, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running = RunAsync(server, pace);
    }

    /// <summary>How many have succeeded.</summary>
    internal int Done { get; private set; }

    /// <summary>Why those that failed did.</summary>
    internal List<string> Failures { get; } = [];

    /// <summary>The first comes after one pace.</summary>
    internal static Reloads Start(IBenchServer server, TimeSpan pace, CancellationToken cancellationToken) =>
        new(server, pace, cancellationToken);

    /// <summary>Completes when the one under way, if any, has ended.</summary>
    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(IBenchServer server, TimeSpan pace)
    {
        var began = Stopwatch.GetTimestamp();
        for (var due = pace; !_stop.IsCancellationRequested; due += pace)
        {
            var rest = due - Stopwatch.GetElapsedTime(began);
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await server.ReloadAsync(CancellationToken.None);
                Done++;
            }
            catch (Exception e) when (e is not NotSupportedException)
            {
                Failures.Add(e.Message);
            }

            if (Stopwatch.GetElapsedTime(began) > due + pace)
            {
                due = Stopwatch.GetElapsedTime(began) - pace;
            }
        }
    }
}
