using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Recluster.LoadClient;

namespace Recluster.BalanceBench;

/// <summary>BenchApi as a cluster, started and stopped by the measurement.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _master;

    private BenchCluster(Process master, LoadTarget target)
    {
        _master = master;
        Target = target;
    }

    internal LoadTarget Target { get; }

    internal int Port => ((IPEndPoint)Target.EndPoint).Port;

    /// <summary>User and system time of the master and its workers.</summary>
    internal TimeSpan ProcessorTime =>
        ProcessIds.Aggregate(TimeSpan.Zero, (sum, id) => sum + Process.GetProcessById(id).TotalProcessorTime);

    private IEnumerable<int> ProcessIds =>
    [
        _master.Id,
        .. Directory.GetDirectories($"/proc/{_master.Id}/task").SelectMany(thread => File.ReadAllText(thread + "/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))),
    ];

    internal static async Task<BenchCluster> StartAsync(int workers, string balancing, bool unixSocket)
    {
        var target = unixSocket ? LoadTarget.Unix(Path.Combine(Path.GetTempPath(), $"balance-{Environment.ProcessId}.sock")) : Free();
        var url = unixSocket ? $"http://unix:{target.EndPoint}" : $"http://{target.EndPoint}";
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "../../../../BenchApi/bin/Release/net10.0/BenchApi.dll"),
            "--urls", url,
            "--cluster", workers.ToString(CultureInfo.InvariantCulture),
            "--Recluster:Balancing", balancing,
        ];
        var cluster = new BenchCluster(Process.Start("dotnet", arguments), target);
        var began = Stopwatch.GetTimestamp();
        while (await Spread.AskAsync(target) is null)
        {
            if (cluster._master.HasExited || Stopwatch.GetElapsedTime(began) > StartLimit)
            {
                throw new InvalidOperationException("BenchApi does not start. Was it built (dotnet build -c Release bench/BenchApi)?");
            }

            await Task.Delay(100);
        }

        // The first worker answers before the last is ready.
        await Spread.UntilAllAnswerAsync(target, workers);
        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", _master.Id.ToString(CultureInfo.InvariantCulture)))
        {
            await kill.WaitForExitAsync();
        }

        await _master.WaitForExitAsync();
        _master.Dispose();
    }

    private static LoadTarget Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new LoadTarget(socket.LocalEndPoint!);
    }
}
