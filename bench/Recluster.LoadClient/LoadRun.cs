using System.Diagnostics;

namespace Recluster.LoadClient;

/// <summary>A number of clients at work.</summary>
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
        _clients = Task.WhenAll(Enumerable.Range(0, options.Clients).Select(_ => Task.Run(RunClientAsync, CancellationToken.None)));
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

    /// <summary>Completes when that many more requests have been answered with 200.</summary>
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

    private async Task RunClientAsync()
    {
        HttpConnection? connection = null;
        while (!_stop.IsCancellationRequested && Interlocked.Decrement(ref _left) >= 0)
        {
            connection = await RequestAsync(connection);
            if (_options.ThinkTime > TimeSpan.Zero)
            {
                await Task.Delay(_options.ThinkTime, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    /// <returns>The connection for the next request, where this one can carry it.</returns>
    private async Task<HttpConnection?> RequestAsync(HttpConnection? connection)
    {
        var began = Stopwatch.GetTimestamp();
        var close = _options.Mode == LoadMode.ConnectionPerRequest;
        try
        {
            connection ??= await HttpConnection.OpenAsync(_options.Target, _options.ConnectTimeout);
            var response = await connection.SendAsync(_options.Path, _options.ResponseTimeout, close: close);
            _counter.Add(response, Stopwatch.GetElapsedTime(began));
        }
        catch (RequestFailedException e)
        {
            _counter.Add(e, Stopwatch.GetElapsedTime(began));
        }

        if (connection is { IsAlive: false })
        {
            await connection.DisposeAsync();
            connection = null;
        }

        return connection;
    }
}
