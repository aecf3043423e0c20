using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.MicroBench;

/// <summary>A connection over the loopback interface, made, accepted and ended: by the worker's transport and by Kestrel's own.</summary>
[InProcess]
[MemoryDiagnoser]
#pragma warning disable CA1001 // The runner calls CleanUpAsync.
public class AcceptPath
#pragma warning restore CA1001
{
    private static readonly IPEndPoint Asked = new(IPAddress.Loopback, 0);

    private readonly Socket _inherited = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private WorkerSockets _sockets = null!;
    private IConnectionListener _kestrels = null!;
    private IConnectionListener _workers = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var options = Options.Create(new SocketTransportOptions());
        _kestrels = await new SocketTransportFactory(options, NullLoggerFactory.Instance).BindAsync(Asked);

        _inherited.Bind(Asked);
        _inherited.Listen();
        var endpoint = new InheritedEndpoint(EndpointKey.For(Asked), EndpointLayout.Group, [(int)_inherited.Handle]);
        _sockets = new WorkerSockets(
            new WorkerEnvironment(1, 1, 0, 1, 0, TimeSpan.Zero, 0, [endpoint]),
            new ConnectionRegistry(TimeProvider.System),
            options,
            NullLoggerFactory.Instance,
            TimeProvider.System);
        _workers = await _sockets.BindAsync(Asked);
        await _sockets.AssignAsync([0]);
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _sockets.AssignAsync([]);
        await _kestrels.DisposeAsync();
        await _workers.DisposeAsync();
        _sockets.Dispose();
        _inherited.Dispose();
    }

    [Benchmark(Baseline = true)]
    public Task Without() => ConnectAsync(_kestrels);

    [Benchmark]
    public Task With() => ConnectAsync(_workers);

    private static async Task ConnectAsync(IConnectionListener listener)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.LingerState = new LingerOption(true, 0); // A reset at the end: no port stays in TIME_WAIT.
        var accepting = listener.AcceptAsync();
        await client.ConnectAsync(listener.EndPoint);
        await using var connection = await accepting;
    }
}
