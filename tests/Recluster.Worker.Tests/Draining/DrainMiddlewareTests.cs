using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Recluster.Draining;
using Recluster.Lifecycle;
using Recluster.Sockets;
using Recluster.Tests.Support;
using Recluster.WarmUp;

namespace Recluster.Worker.Tests.Draining;

public class DrainMiddlewareTests
{
    private readonly ConnectionRegistry _registry = new(TimeProvider.System);
    private readonly WarmUpPhase _warmUp = new();
    private readonly Response _response = new();

    [Fact]
    public async Task A_response_of_a_worker_that_serves_keeps_the_connection()
    {
        await RequestAsync();

        Assert.False(_response.Headers.ContainsKey("Connection"));
    }

    [Fact]
    public async Task A_response_of_a_draining_worker_ends_its_connection()
    {
        _registry.BeginDrain();

        await RequestAsync();

        Assert.Equal("close", _response.Headers.Connection);
    }

    [Fact]
    public async Task It_is_decided_when_the_head_is_written_and_not_when_the_request_comes()
    {
        await RequestAsync(duringRequest: _registry.BeginDrain);

        Assert.Equal("close", _response.Headers.Connection);
    }

    [Fact]
    public async Task A_head_that_the_app_wrote_before_the_drain_stays()
    {
        await RequestAsync(duringRequest: () =>
        {
            _response.StartAsync().GetAwaiter().GetResult();
            _registry.BeginDrain();
        });

        Assert.False(_response.Headers.ContainsKey("Connection"));
    }

    [Fact]
    public async Task An_upgrade_keeps_its_own_header()
    {
        _registry.BeginDrain();

        await RequestAsync(duringRequest: () =>
        {
            _response.StatusCode = StatusCodes.Status101SwitchingProtocols;
            _response.Headers.Connection = "Upgrade";
        });

        Assert.Equal("Upgrade", _response.Headers.Connection);
    }

    [Fact]
    public async Task An_upgrade_that_the_app_refuses_ends_the_connection()
    {
        _registry.BeginDrain();

        await RequestAsync(duringRequest: () =>
        {
            _response.StatusCode = StatusCodes.Status400BadRequest;
            _response.Headers.Connection = "keep-alive";
        });

        Assert.Equal("close", _response.Headers.Connection);
    }

    [Theory]
    [InlineData("HTTP/1.0")]
    [InlineData("HTTP/1.1")]
    public async Task Both_versions_of_HTTP_1_get_the_header(string protocol)
    {
        _registry.BeginDrain();

        await RequestAsync(protocol);

        Assert.Equal("close", _response.Headers.Connection);
    }

    [Fact]
    public async Task HTTP_2_gets_no_header_but_its_connection_is_known_from_then_on()
    {
        var inner = new FakeConnection();
        var tracked = _registry.Add(inner, new EndpointTraffic());
        _registry.BeginDrain();

        await RequestAsync("HTTP/2", tracked);

        Assert.False(_response.Headers.ContainsKey("Connection"));
        Assert.Equal(1, inner.CloseRequests);
    }

    [Fact]
    public async Task HTTP_2_over_a_connection_that_is_not_tracked_is_served_all_the_same()
    {
        await RequestAsync("HTTP/2");

        Assert.True(_response.HasStarted);
    }

    [Fact]
    public async Task While_pipelined_requests_wait_the_connection_is_kept()
    {
        var inner = new FakeConnection();
        var tracked = _registry.Add(inner, new EndpointTraffic());
        await inner.ReceiveAsync("GET /next HTTP/1.1\r\n");
        _registry.BeginDrain();

        await RequestAsync(connection: tracked);

        Assert.False(_response.Headers.ContainsKey("Connection"));
        Assert.True(inner.Transport.Input.TryRead(out var next));
        Assert.Equal("GET /next HTTP/1.1\r\n", System.Text.Encoding.ASCII.GetString(next.Buffer.FirstSpan));
    }

    [Theory]
    [InlineData("HTTP/1.1", null, true)]
    [InlineData("HTTP/1.1", "keep-alive", true)]
    [InlineData("HTTP/1.1", "Close", false)]
    [InlineData("HTTP/1.0", "keep-alive", false)]
    public async Task The_end_is_held_back_unless_the_client_may_be_waiting_for_it(string protocol, string? connection, bool held)
    {
        var inner = new FakeConnection();
        var tracked = _registry.Add(inner, new EndpointTraffic());
        _registry.BeginDrain();

        await RequestAsync(protocol, tracked, requestConnection: connection);
        tracked.Transport.Output.Complete();

        Assert.Equal("close", _response.Headers.Connection);
        Assert.Equal(!held, inner.Sent.TryRead(out var sent) && sent.IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_drain_is_rehearsed_while_the_worker_warms_up_and_at_no_other_time(bool warmsUp)
    {
        _warmUp.IsOn = warmsUp;
        var rehearsed = new ConnectionRegistry(TimeProvider.System);
        var connection = rehearsed.Add(new FakeConnection(), new EndpointTraffic());
        rehearsed.BeginDrain();

        await RequestAsync(connection: connection);

        Assert.Equal(warmsUp, _response.Headers.Connection == "close");
    }

    private async Task RequestAsync(
        string protocol = "HTTP/1.1", TrackedConnection? connection = null, Action? duringRequest = null, string? requestConnection = null)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new NoBody());
        context.Request.Headers.Connection = requestConnection;
        context.Features.Set<IHttpResponseFeature>(_response);
        context.Features.Set(connection);
        context.Request.Protocol = protocol;

        await new DrainMiddleware(_registry, new RequestCounter(), _warmUp).Wrap(_ =>
        {
            duringRequest?.Invoke();
            return Task.CompletedTask;
        })(context);
        await _response.StartAsync();
    }

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => false;
    }

    private sealed class Response : HttpResponseFeature
    {
        private readonly Stack<(Func<object, Task> Callback, object State)> _onStarting = new();
        private bool _started;

        public override bool HasStarted => _started;

        public override void OnStarting(Func<object, Task> callback, object state) => _onStarting.Push((callback, state));

        internal async Task StartAsync()
        {
            while (!_started && _onStarting.TryPop(out var registered))
            {
                await registered.Callback(registered.State);
            }

            _started = true;
        }
    }
}
