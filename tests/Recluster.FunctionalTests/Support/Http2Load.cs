using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace Recluster.FunctionalTests.Support;

/// <summary>
/// Clients that speak cleartext HTTP/2 by prior knowledge. HttpClient is the judge here: it honours GOAWAY, and repeats by itself only
/// what the server has said it did not process (RFC 9113, 6.8), as every HTTP/2 client does.
/// </summary>
internal sealed class Http2Load : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<string> _failures = [];
    private readonly ConcurrentDictionary<int, int> _processIds = new();
    private readonly HttpClient _client;
    private readonly Task _clients;
    private int _answered;

    internal Http2Load(int port, int clients)
    {
        _client = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        _clients = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(RunAsync)));
    }

    internal IReadOnlyCollection<string> Failures => _failures;

    internal IReadOnlyCollection<int> ProcessIds => [.. _processIds.Keys];

    internal Task MoreAnsweredAsync(int count)
    {
        var wanted = Volatile.Read(ref _answered) + count;
        return Eventually.TrueAsync(() => Volatile.Read(ref _answered) >= wanted, () => $"{count} more answers");
    }

    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _clients;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var who = JsonSerializer.Deserialize<ZooIdentity>(await _client.GetByteArrayAsync(new Uri("/", UriKind.Relative)), ClusterProcess.Json)!;
                _processIds[who.Pid] = who.Slot;
                Interlocked.Increment(ref _answered);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                _failures.Add(e.ToString());
            }

            await Task.Delay(1);
        }
    }
}
