using Microsoft.AspNetCore.Http;
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
        var request = new Told();
        var connection = Add(request);

        var closing = _closer.CloseAllAsync(TimeSpan.Zero);
        Assert.True(request.SaidGoodbye);
        Assert.Equal(0, connection.CloseRequests);
        request.End();

        Assert.Equal(0, await closing.InTime());
        Assert.Equal(1, connection.CloseRequests);
    }

    [Fact]
    public async Task Only_long_lived_requests_are_closed_where_only_they_are_meant()
    {
        var request = new Told();
        var (streaming, ordinary) = (Add(request), Add());

        var closing = _closer.CloseLongLivedAsync(Window);
        request.End();

        Assert.Equal(0, await closing.InTime());
        Assert.True(request.SaidGoodbye);
        Assert.Equal((0, 0), (streaming.CloseRequests, ordinary.CloseRequests));
    }

    private FakeConnection Add(LongLivedRequest? request = null)
    {
        var connection = new FakeConnection();
        var tracked = _registry.Add(connection, new EndpointTraffic());
        connection.Ending = () =>
        {
            _ended++;
            _endings.Release();
            tracked.DisposeAsync().AsTask().GetAwaiter().GetResult();
        };
        if (request is not null)
        {
            tracked.Add(request);
        }

        return connection;
    }

    private sealed class Told() : LongLivedRequest(new DefaultHttpContext())
    {
        private protected override Task SayGoodbyeAsync()
        {
            SaidGoodbye = true;
            return Task.CompletedTask;
        }
    }
}
