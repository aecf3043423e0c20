using Microsoft.Extensions.Time.Testing;
using Recluster.Sockets;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.Sockets;

public class ConnectionRegistryTests
{
    private static readonly TimeSpan InUse = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly ConnectionRegistry _registry;
    private readonly EndpointTraffic _traffic = new();

    public ConnectionRegistryTests() => _registry = new ConnectionRegistry(_time);

    [Fact]
    public async Task A_connection_counts_from_accept_to_dispose()
    {
        var (one, other) = (Add(new FakeConnection()), Add(new FakeConnection()));
        Assert.Equal(2, _registry.Count);

        await one.DisposeAsync();
        Assert.Equal(1, _registry.Count);
        await other.DisposeAsync();

        Assert.Equal(0, _registry.Count);
        Assert.False(_registry.Drained.IsCompleted);
    }

    [Fact]
    public async Task Disposing_twice_counts_once()
    {
        var inner = new FakeConnection();
        var connection = Add(inner);
        Add(new FakeConnection());

        await connection.DisposeAsync();
        await connection.DisposeAsync();

        Assert.Equal(1, _registry.Count);
        Assert.Equal(2, inner.Disposals);
    }

    [Fact]
    public async Task A_connection_whose_dispose_fails_is_gone_all_the_same()
    {
        var connection = Add(new FakeConnection { DisposeError = new IOException("reset") });

        await Assert.ThrowsAsync<IOException>(() => connection.DisposeAsync().AsTask());

        Assert.Equal(0, _registry.Count);
    }

    [Fact]
    public void A_worker_without_connections_has_drained_at_once()
    {
        Assert.False(_registry.IsDraining);

        _registry.BeginDrain();

        Assert.True(_registry.IsDraining);
        Assert.True(_registry.Drained.IsCompleted);
    }

    [Fact]
    public async Task A_draining_worker_has_drained_when_its_last_connection_has_gone()
    {
        var (one, other) = (Add(new FakeConnection()), Add(new FakeConnection()));
        _registry.BeginDrain();

        await one.DisposeAsync();
        Assert.False(_registry.Drained.IsCompleted);
        await other.DisposeAsync();

        await _registry.Drained.InTime();
    }

    [Fact]
    public void A_drain_leaves_HTTP_1_connections_alone_whether_idle_or_over_TLS()
    {
        var (plain, tls) = (new FakeConnection(), new FakeConnection().OverTls("http/1.1"));
        Add(plain);
        Add(tls);

        _registry.BeginDrain();

        Assert.Equal((0, 0), (plain.CloseRequests, tls.CloseRequests));
        Assert.Null(plain.AbortReason);
    }

    [Fact]
    public void A_drain_says_GOAWAY_on_HTTP_2_over_TLS_also_before_the_first_request()
    {
        var connection = new FakeConnection().OverTls("h2");
        Add(connection);
        _time.Advance(InUse);

        _registry.BeginDrain();

        Assert.Equal(1, connection.CloseRequests);
    }

    [Fact]
    public void A_drain_says_GOAWAY_on_cleartext_HTTP_2_that_has_carried_a_request()
    {
        var connection = new FakeConnection();
        Add(connection).MarkHttp2();
        Assert.Equal(0, connection.CloseRequests);
        _time.Advance(InUse);

        _registry.BeginDrain();

        Assert.Equal(1, connection.CloseRequests);
    }

    [Fact]
    public void A_connection_that_turns_out_to_be_HTTP_2_during_the_drain_gets_GOAWAY_once()
    {
        var connection = new FakeConnection();
        var tracked = Add(connection);
        _registry.BeginDrain();

        tracked.MarkHttp2();
        tracked.MarkHttp2();

        Assert.Equal(1, connection.CloseRequests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_end_of_a_connection_is_held_back_after_GOAWAY_and_only_then(bool saidGoAway)
    {
        var connection = new FakeConnection();
        var tracked = Add(connection);
        _registry.BeginDrain();
        if (saidGoAway)
        {
            tracked.MarkHttp2();
        }

        tracked.Transport.Output.Complete();

        Assert.Equal(!saidGoAway, connection.Sent.TryRead(out var result) && result.IsCompleted);
    }

    [Fact]
    public void A_cleartext_connection_without_a_request_gets_GOAWAY_where_another_on_its_endpoint_spoke_HTTP_2()
    {
        var (spoken, silent, elsewhere) = (new FakeConnection(), new FakeConnection(), new FakeConnection());
        Add(spoken).MarkHttp2();
        Add(silent).Transport.Output.Advance(0); // Kestrel has sent its SETTINGS.
        _registry.Add(elsewhere, new EndpointTraffic()).Transport.Output.Advance(0);
        _time.Advance(InUse);

        _registry.BeginDrain();

        Assert.Equal((1, 1, 0), (spoken.CloseRequests, silent.CloseRequests, elsewhere.CloseRequests));
    }

    [Fact]
    public void A_connection_on_which_nobody_has_spoken_yet_is_left_to_its_first_request()
    {
        var silent = new FakeConnection();
        _traffic.IsClearTextHttp2 = true;
        var tracked = Add(silent);
        _time.Advance(InUse);

        _registry.BeginDrain();
        Assert.Equal(0, silent.CloseRequests);
        tracked.MarkHttp2();

        Assert.Equal(1, silent.CloseRequests);
    }

    [Fact]
    public async Task A_connection_in_use_is_told_at_its_next_request_or_when_none_has_come_for_a_moment()
    {
        var (busy, quiet) = (new FakeConnection(), new FakeConnection());
        var tracked = Add(busy);
        tracked.MarkHttp2();
        Add(quiet).MarkHttp2();
        _time.Advance(InUse / 2);

        _registry.BeginDrain();
        Assert.Equal((0, 0), (busy.CloseRequests, quiet.CloseRequests));
        tracked.MarkHttp2();
        Assert.Equal((1, 0), (busy.CloseRequests, quiet.CloseRequests));
        var told = new TaskCompletionSource();
        quiet.Ending = told.SetResult;
        _time.Advance(InUse / 2);

        await told.Task.InTime();
        Assert.Equal((1, 1), (busy.CloseRequests, quiet.CloseRequests));
    }

    [Fact]
    public void HTTP_2_over_TLS_says_nothing_of_the_other_connections_of_its_endpoint()
    {
        var (http2, http1) = (new FakeConnection().OverTls("h2"), new FakeConnection().OverTls("http/1.1"));
        Add(http2).MarkHttp2();
        Add(http1);
        _time.Advance(InUse);

        _registry.BeginDrain();

        Assert.Equal((1, 0), (http2.CloseRequests, http1.CloseRequests));
    }

    [Fact]
    public void The_pipeline_finds_the_tracked_connection_among_the_features()
    {
        var inner = new FakeConnection();

        var tracked = Add(inner);

        Assert.Same(tracked, inner.Features.Get<TrackedConnection>());
        Assert.Same(inner.Features, tracked.Features);
        Assert.Equal("fake", tracked.ConnectionId);
    }

    private TrackedConnection Add(FakeConnection connection) => _registry.Add(connection, _traffic);
}
