using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Connections;
using Recluster.Sockets;

namespace Recluster.MicroBench;

/// <summary>A connection from its making to its end, counted and with an end that can be held back, and without.</summary>
[InProcess]
[MemoryDiagnoser]
public class ConnectionPath
{
    private readonly ConnectionRegistry _registry = new(TimeProvider.System);
    private readonly EndpointTraffic _traffic = new();
    private readonly IDuplexPipe _transport = new NoTransport();

    [Benchmark(Baseline = true)]
    public ValueTask Without() => Create().DisposeAsync();

    [Benchmark]
    public ValueTask With() => _registry.Add(Create(), _traffic).DisposeAsync();

    private DefaultConnectionContext Create() => new("1", _transport, _transport);

    private sealed class NoTransport : IDuplexPipe
    {
        private readonly Pipe _pipe = new();

        public PipeReader Input => _pipe.Reader;

        public PipeWriter Output => _pipe.Writer;
    }
}
