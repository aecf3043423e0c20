using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Recluster.Draining;
using Recluster.Lifecycle;
using Recluster.Sockets;
using Recluster.WarmUp;

namespace Recluster.MicroBench;

/// <summary>A request through a pipeline that answers nothing, with the drain around it and without.</summary>
[InProcess]
[MemoryDiagnoser]
public class RequestPath
{
    private static readonly RequestDelegate App = _ => Task.CompletedTask;

    private readonly RequestDelegate _drained = new DrainMiddleware(
        new ConnectionRegistry(TimeProvider.System), new RequestCounter(), new WarmUpPhase()).Wrap(App);
    private readonly Response _response = new();
    private readonly DefaultHttpContext _context;

    public RequestPath()
    {
        _context = new DefaultHttpContext();
        _context.Features.Set<IHttpResponseFeature>(_response);
        _context.Request.Protocol = "HTTP/1.1";
    }

    [Benchmark(Baseline = true)]
    public Task Without() => RequestAsync(App);

    [Benchmark]
    public Task With() => RequestAsync(_drained);

    private Task RequestAsync(RequestDelegate app)
    {
        _response.Begin();
        return app(_context).IsCompletedSuccessfully ? _response.StartAsync() : throw new InvalidOperationException();
    }

    /// <summary>Calls back what is to happen when the head is written, as Kestrel's own does.</summary>
    private sealed class Response : HttpResponseFeature
    {
        private Func<object, Task>? _starting;
        private object? _state;

        public override void OnStarting(Func<object, Task> callback, object state) => (_starting, _state) = (callback, state);

        internal void Begin() => _starting = null;

        internal Task StartAsync() => _starting?.Invoke(_state!) ?? Task.CompletedTask;
    }
}
