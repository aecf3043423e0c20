using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Recluster.LoadClient;

/// <summary>
/// Makes requests by a schedule, as the many users of a site do, who do not wait for each other. The latency of each is measured from the
/// moment it was due, so that a server that stands still for a while is charged with all that came meanwhile (no coordinated omission).
/// </summary>
public sealed partial class OpenLoop
{
    private readonly OpenLoopOptions _options;
    private readonly LoadCounter _counter = new();
    private readonly Channel<HttpConnection?> _free = Channel.CreateUnbounded<HttpConnection?>(); // Null: one that is yet to be opened.
    private readonly byte[][] _requests;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _outstanding = 1; // The schedule itself.

    private OpenLoop(OpenLoopOptions options)
    {
        _options = options;
        _requests = [.. options.Paths.Select(path => HttpConnection.Format(options.Target, path, "GET", [], close: false))];
    }

    /// <summary>Runs to the end of the schedule, or until the token is cancelled. Requests on their way are awaited.</summary>
    public static async Task<LoadReport> RunAsync(OpenLoopOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var loop = new OpenLoop(options);
        for (var i = 0; i < options.Connections; i++)
        {
            loop._free.Writer.TryWrite(await HttpConnection.OpenAsync(options.Target, options.Timeout));
        }

        new Thread(() => loop.Keep(cancellationToken)) { IsBackground = true, Priority = ThreadPriority.Highest }.Start();
        await loop._done.Task;
        loop._counter.End();
        while (loop._free.Reader.TryRead(out var connection))
        {
            await (connection?.DisposeAsync() ?? default);
        }

        return loop._counter.Report();
    }

    /// <summary>Keeps the schedule.</summary>
    private void Keep(CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var count = (long)(_options.Rate * _options.Duration.TotalSeconds);
        for (var i = 0L; i < count && !cancellationToken.IsCancellationRequested; i++)
        {
            var due = began + (long)(i / _options.Rate * Stopwatch.Frequency);
            while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } rest)
            {
                _ = Sleep((uint)Math.Max(1, rest.TotalMicroseconds)); // Thread.Sleep knows milliseconds only.
            }

            Interlocked.Increment(ref _outstanding);
            _ = RequestAsync((int)(i % _requests.Length), due);
        }

        Leave();
    }

    private async Task RequestAsync(int path, long due)
    {
        var connection = await _free.Reader.ReadAsync();
        Exchange exchange;
        try
        {
            connection ??= await HttpConnection.OpenAsync(_options.Target, _options.Timeout);
            var response = await connection.SendAsync(_options.Paths[path], _requests[path], _options.Timeout);
            exchange = Exchange.Of(response.Status, response.Body, complaint: null);
        }
        catch (RequestFailedException e)
        {
            exchange = Exchange.Of(e);
        }

        _counter.Add(exchange, Stopwatch.GetElapsedTime(due));
        if (connection is { IsAlive: false })
        {
            await connection.DisposeAsync();
            connection = null;
        }

        _free.Writer.TryWrite(connection);
        Leave();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _outstanding) == 0)
        {
            _done.TrySetResult();
        }
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
