using System.Diagnostics;

namespace Recluster.LoadClient;

/// <summary>A number of clients at work, each of which makes its next request when it has the answer to the last.</summary>
public sealed class LoadRun : IAsyncDisposable
{
    private readonly LoadOptions _options;
    private readonly LoadCounter _counter = new();
    private readonly CancellationTokenSource _stop;
    private readonly Task _clients;
    private int _left;

    private LoadRun(LoadOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _left = options.Requests ?? int.MaxValue;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _clients = RunAllAsync();
    }

    /// <summary>What has happened up to now.</summary>
    public LoadReport Report => _counter.Report();

    /// <summary>Starts the clients. They run until the run is stopped, the token is cancelled, or the number of requests is made.</summary>
    public static LoadRun Start(LoadOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new LoadRun(options, cancellationToken);
    }

    /// <summary>Runs to the end: the number of requests is made, or the token is cancelled. Requests on their way are awaited.</summary>
    public static async Task<LoadReport> RunAsync(LoadOptions options, CancellationToken cancellationToken = default)
    {
        await using var run = Start(options, cancellationToken);
        await run._clients;
        return run.Report;
    }

    /// <summary>Completes when that many more requests have been answered.</summary>
    public Task MoreAnsweredAsync(int count) => _counter.MoreAnsweredAsync(count);

    /// <summary>Makes no more requests, awaits those on their way, and reports.</summary>
    public async Task<LoadReport> StopAsync()
    {
        await _stop.CancelAsync();
        await _clients;
        return Report;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAllAsync()
    {
        await Task.WhenAll(LoadClients.Create(_options).Select(client => Task.Run(() => RunClientAsync(client), CancellationToken.None)));
        _counter.End();
    }

    private async Task RunClientAsync(ILoadClient client)
    {
        await using var _ = client;
        while (!_stop.IsCancellationRequested && Interlocked.Decrement(ref _left) >= 0)
        {
            var began = Stopwatch.GetTimestamp();
            var exchange = await client.ExchangeAsync();
            _counter.Add(exchange, Stopwatch.GetElapsedTime(began));
            if (_options.NextThinkTime() is { Ticks: > 0 } rest)
            {
                await Task.Delay(rest, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
