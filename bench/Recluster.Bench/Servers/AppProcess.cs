using System.Collections.Concurrent;
using System.Diagnostics;
using Recluster.Bench.Measuring;
using Recluster.LoadClient;

namespace Recluster.Bench.Servers;

/// <summary>A start of the app under measurement (bench/BenchApi), from spawn to exit.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private const int KeptLines = 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = [];

    private AppProcess(LoadTargets targets, bool inClientSession, IEnumerable<string> arguments)
    {
        Targets = targets;

        // In a session of its own, as a service manager starts it and as the peers are: the kernel shares the processors out by sessions first
        // (sched(7), autogroup), and in the load client's own the server's many threads would each compete with it. setsid keeps the process id.
        var start = new ProcessStartInfo(inClientSession ? Places.BenchApi : "setsid", inClientSession ? [] : [Places.BenchApi])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["DOTNET_ENVIRONMENT"] = "Production" },
        };
        string?[] endpoints = [$"--http={targets.Http.Port()}", targets.Tls is { } tls ? $"--https={tls.Port()}" : null, targets.Http2 is { } h2c ? $"--h2c={h2c.Port()}" : null];
        foreach (var argument in endpoints.OfType<string>().Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    internal LoadTargets Targets { get; }

    /// <summary>The process that was started.</summary>
    internal int Id => _process.Id;

    /// <summary>It and the workers that it has now.</summary>
    internal IReadOnlyList<int> ProcessIds => [Id, .. ProcessFiles.ChildrenOf(Id)];

    /// <summary>Starts it, and completes with the first response.</summary>
    /// <param name="targets">Where it is to listen.</param>
    /// <param name="inClientSession">Not in a session of its own.</param>
    /// <param name="arguments">Further arguments.</param>
    internal static async Task<AppProcess> StartAsync(LoadTargets targets, bool inClientSession = false, params IEnumerable<string> arguments)
    {
        var app = new AppProcess(targets, inClientSession, arguments);
        try
        {
            await app.AnswersAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks it to stop, and completes when it is gone.</summary>
    internal async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            Signals.Send(Id, Signals.Terminate);
        }

        await _process.WaitForExitAsync().WaitAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        var all = ProcessIds;
        try
        {
            await StopAsync();
        }
        catch (TimeoutException)
        {
            foreach (var processId in all)
            {
                Signals.Send(processId, Signals.Kill);
            }

            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task AnswersAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await HttpConnection.SendOnceAsync(Targets.Http, "/", Limit);
                return;
            }
            catch (RequestFailedException e) when (e.Outcome == Outcome.Refused)
            {
                if (_process.HasExited || Stopwatch.GetElapsedTime(began) > Limit)
                {
                    throw new InvalidOperationException($"{Places.BenchApi} did not start:\n{string.Join('\n', _lines)}", e);
                }

                await Task.Delay(Interval);
            }
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
            while (_lines.Count > KeptLines)
            {
                _lines.TryDequeue(out _);
            }
        }
    }
}
