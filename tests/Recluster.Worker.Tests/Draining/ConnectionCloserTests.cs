using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using Recluster.Draining;
using Recluster.Sockets;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.Draining;

public class ConnectionCloserTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly ConnectionRegistry _registry;
    private readonly ConnectionCloser _closer;
    private readonly SemaphoreSlim _endings = new(0);
    private int _ended;

    public ConnectionCloserTests()
    {
        _registry = new ConnectionRegistry(_time);
        _closer = new ConnectionCloser(_registry, _time);
    }

    [Fact]
    public async Task Connections_are_closed_one_after_the_other_over_the_window()
    {
        for (var i = 0; i < 5; i++)
        {
            Add();
        }

        var closing = _closer.CloseAllAsync(Window);

        for (var closed = 1; closed < 5; closed++)
        {
            await _endings.WaitAsync().InTime();
            Assert.Equal(closed, _ended);
            _time.Advance(Window / 5);
        }

        Assert.Equal(0, await closing.InTime());
        Assert.Equal(5, _ended);
    }

    [Fact]
    public async Task A_window_of_zero_closes_all_at_once()
    {
        Add();
        Add();

        Assert.Equal(0, await _closer.CloseAllAsync(TimeSpan.Zero).InTime());

        Assert.Equal(2, _ended);
    }

    [Fact]
    public async Task A_connection_that_does_not_end_is_cut_off_a_moment_later()
    {
        var connection = new FakeConnection();
        _registry.Add(connection, new EndpointTraffic());

        var closing = _closer.CloseAllAsync(TimeSpan.Zero);
        Assert.Null(connection.AbortReason);
        _time.Advance(ConnectionCloser.Grace);

        Assert.Equal(1, await closing.InTime());
        Assert.NotNull(connection.AbortReason);
    }

    [Fact]
    public async Task A_long_lived_request_is_told_first_and_its_connection_is_closed_when_it_has_ended()
    {
        var connection = Add(out var tracked);
        var request = Begin(tracked);

        var closing = _closer.CloseAllAsync(TimeSpan.Zero);
        Assert.True(request.SaidGoodbye);
        Assert.Equal(0, connection.CloseRequests);
        tracked.EndRequest(request);

        Assert.Equal(0, await closing.InTime());
        Assert.Equal(1, connection.CloseRequests);
    }

    [Fact]
    public async Task Only_long_lived_requests_are_closed_where_only_they_are_meant()
    {
        var (streaming, ordinary) = (Add(out var streamingTracked), Add(out var ordinaryTracked));
        var (byRequest, byResponse) = (Begin(streamingTracked, accept: "text/event-stream"), Begin(streamingTracked, contentType: "text/event-stream; charset=utf-8"));
        var other = Begin(ordinaryTracked, contentType: "text/plain");

        var closing = _closer.CloseLongLivedAsync(TimeSpan.Zero);
        Assert.Equal((true, true, false), (byRequest.SaidGoodbye, byResponse.SaidGoodbye, other.SaidGoodbye));
        streamingTracked.EndRequest(byRequest);
        streamingTracked.EndRequest(byResponse);

        Assert.Equal(0, await closing.InTime());
        Assert.Equal((0, 0), (streaming.CloseRequests, ordinary.CloseRequests));
    }

    [Fact]
    public async Task The_goodbye_cancels_the_token_of_the_request_that_runs_and_not_of_the_one_after_it()
    {
        Add(out var tracked);
        var request = Begin(tracked);
        var first = request.RequestAborted;
        var closing = _closer.CloseAllAsync(TimeSpan.Zero);
        Assert.True(first.IsCancellationRequested);
        tracked.EndRequest(request);

        var next = Begin(tracked);

        Assert.Same(request, next);
        Assert.False(next.SaidGoodbye || next.RequestAborted.IsCancellationRequested);
        await closing.InTime();
    }

    [Fact]
    public void The_client_that_goes_cancels_the_token_too()
    {
        Add(out var tracked);
        using var gone = new CancellationTokenSource();
        var context = new DefaultHttpContext { RequestAborted = gone.Token };
        var request = tracked.BeginRequest(context);
        var aborted = context.RequestAborted;

        gone.Cancel();

        Assert.True(aborted.IsCancellationRequested);
        Assert.False(request.SaidGoodbye);
    }

    [Fact]
    public void Requests_that_come_one_after_the_other_allocate_nothing_also_when_the_app_asks_for_its_token()
    {
        const int Requests = 1000;
        Add(out var tracked);
        using var client = new CancellationTokenSource();
        var context = new DefaultHttpContext();
        var lifetime = new HttpRequestLifetimeFeature { RequestAborted = client.Token };
        Serve();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Serve();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Requests); // Less than a byte for each, so no object for any.

        void Serve()
        {
            for (var i = 0; i < Requests; i++)
            {
                context.Features.Set<IHttpRequestLifetimeFeature>(lifetime); // Kestrel gives each request its own again.
                var request = tracked.BeginRequest(context);
                _ = context.RequestAborted;
                tracked.EndRequest(request);
            }
        }
    }

    [Fact]
    public async Task A_request_that_does_not_end_is_cut_off_a_moment_later()
    {
        Add(out var tracked);
        var aborts = new Aborts();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(aborts);
        tracked.BeginRequest(context);

        var closing = _closer.CloseAllAsync(TimeSpan.Zero);
        _time.Advance(ConnectionCloser.Goodbye);

        Assert.Equal(1, await closing.InTime());
        Assert.Equal(1, aborts.Count);
    }

    private static RunningRequest Begin(TrackedConnection connection, string? accept = null, string? contentType = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Accept = accept;
        context.Response.ContentType = contentType;
        return connection.BeginRequest(context);
    }

    private FakeConnection Add() => Add(out _);

    private FakeConnection Add(out TrackedConnection added)
    {
        var connection = new FakeConnection();
        var tracked = added = _registry.Add(connection, new EndpointTraffic());
        connection.Ending = () =>
        {
            _ended++;
            _endings.Release();
            tracked.DisposeAsync().AsTask().GetAwaiter().GetResult();
        };
        return connection;
    }

    private sealed class Aborts : IHttpRequestLifetimeFeature
    {
        internal int Count { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => Count++;
    }
}
