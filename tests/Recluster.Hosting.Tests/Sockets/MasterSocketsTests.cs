using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Recluster.Master;
using Recluster.Protocol;
using Recluster.Sockets;
using Recluster.Tests.Support;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace Recluster.Hosting.Tests.Sockets;

public sealed class MasterSocketsTests : IDisposable
{
    private static readonly IPEndPoint Any = new(IPAddress.Loopback, 0);

    private readonly MasterSockets _sockets = Create();

    public void Dispose() => _sockets.Dispose();

    [Fact]
    public async Task The_workers_are_told_the_endpoints_as_asked_for_in_the_order_of_binding()
    {
        await _sockets.BindAsync(Any);
        await _sockets.BindAsync(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        await _sockets.BindAsync(Any);

        Assert.Equal(["tcp:127.0.0.1:0", "tcp:[::1]:0", "tcp:127.0.0.1:0"], _sockets.Endpoints.Select(endpoint => endpoint.Key));
        Assert.All(_sockets.Endpoints, endpoint => Assert.Equal((EndpointLayout.Group, 2), (endpoint.Layout, endpoint.Descriptors.Count)));
        Assert.Equal(6, _sockets.Endpoints.SelectMany(endpoint => endpoint.Descriptors).Distinct().Count());
    }

    [Fact]
    public async Task The_listener_tells_the_real_port_and_never_accepts()
    {
        var listener = await _sockets.BindAsync(Any);
        var accepting = listener.AcceptAsync();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        await client.ConnectAsync(listener.EndPoint).InTime();

        Assert.False(accepting.IsCompleted);
        await listener.UnbindAsync();
        Assert.Null(await accepting.InTime());
    }

    [Fact]
    public async Task What_could_not_be_bound_is_told_to_the_workers_as_such()
    {
        using var other = Create();
        var taken = (await other.BindAsync(Any)).EndPoint;

        await Assert.ThrowsAsync<AddressInUseException>(() => _sockets.BindAsync(taken).AsTask());

        var endpoint = Assert.Single(_sockets.Endpoints);
        Assert.Equal(EndpointLayout.Failed, endpoint.Layout);
        Assert.Empty(endpoint.Descriptors);
    }

    [Fact]
    public async Task The_sockets_outlive_an_unbind_and_are_found_again_by_the_next_bind()
    {
        var first = await _sockets.BindAsync(Any);
        var before = Assert.Single(_sockets.Endpoints).Descriptors;
        await first.UnbindAsync();
        await first.DisposeAsync();

        var second = await _sockets.BindAsync(Any);

        Assert.Equal(first.EndPoint, second.EndPoint);
        Assert.Equal(before, Assert.Single(_sockets.Endpoints).Descriptors);
    }

    [Fact]
    public async Task All_groups_grow_and_a_single_socket_does_not()
    {
        await _sockets.BindAsync(Any);
        await _sockets.BindAsync(new UnixDomainSocketEndPoint($"\0recluster-{Guid.NewGuid():N}"));
        await _sockets.BindAsync(Any);

        _sockets.Grow(6);

        Assert.Equal([6, 1, 6], _sockets.Endpoints.Select(endpoint => endpoint.Descriptors.Count));
    }

    [Fact]
    public async Task What_a_new_generation_asks_for_is_reserved_and_what_it_does_not_keep_is_refused_from_then_on()
    {
        var first = await _sockets.BindAsync(Any);
        var answer = await _sockets.ReserveAsync("tcp:[::1]:0");
        var second = EndpointKey.Parse(answer.Address!);

        Assert.Equal([0], _sockets.Keep(["tcp:[::1]:0"], _ => { }));

        Assert.Equal([EndpointLayout.Failed, EndpointLayout.Group], _sockets.Endpoints.Select(endpoint => endpoint.Layout));
        using var client = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(second).InTime();
        using var refused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAnyAsync<SocketException>(() => refused.ConnectAsync(first.EndPoint).InTime());
    }

    [Fact]
    public async Task An_address_that_is_given_up_can_be_asked_for_again_and_gets_another_place()
    {
        var address = EndpointKey.For((await _sockets.BindAsync(Any)).EndPoint);
        _sockets.Keep([], _ => { });

        Assert.Equal(address, (await _sockets.ReserveAsync(address)).Address);

        Assert.Equal([EndpointLayout.Failed, EndpointLayout.Group], _sockets.Endpoints.Select(endpoint => endpoint.Layout));
    }

    [Fact]
    public async Task Of_equal_endpoints_the_later_one_is_given_up()
    {
        await _sockets.BindAsync(Any);
        await _sockets.BindAsync(Any);

        Assert.Equal([1], _sockets.Keep(["tcp:127.0.0.1:0"], _ => { }));
    }

    [Fact]
    public async Task An_address_that_is_taken_is_answered_with_the_reason_and_one_that_this_machine_does_not_have_as_missing()
    {
        using var other = Create();
        var taken = EndpointKey.For((await other.BindAsync(Any)).EndPoint);

        Assert.Contains("is taken by another process", (await _sockets.ReserveAsync(taken)).Error, StringComparison.Ordinal);
        Assert.Contains("restart it", (await _sockets.ReserveAsync("descriptor:7")).Error, StringComparison.Ordinal);
        Assert.Contains(
            "cannot be bound on this machine", (await _sockets.ReserveAsync("tcp:192.0.2.1:80")).Missing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_the_end_the_kernel_refuses()
    {
        var listener = await _sockets.BindAsync(Any);

        _sockets.Dispose();
        _sockets.Dispose();

        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var error = await Assert.ThrowsAnyAsync<SocketException>(() => client.ConnectAsync(listener.EndPoint).InTime());
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public async Task From_the_end_on_no_connection_comes_in_that_the_last_worker_would_reset_when_it_lets_go()
    {
        var listener = await _sockets.BindAsync(Any);
        int[] workers = [.. Assert.Single(_sockets.Endpoints).Descriptors.Select(Descriptors.Duplicate)];
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Close();

        var connect = client.ConnectAsync(listener.EndPoint);
        Array.ForEach(workers, descriptor => new SafeSocketHandle(descriptor, ownsHandle: true).Dispose());

        // Had it come in, the connection would have been established before it was reset.
        var error = await Assert.ThrowsAnyAsync<SocketException>(() => connect.InTime());
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    private static MasterSockets Create() => new(
        MsOptions.Create(new ReclusterOptions { Workers = 2, MaxWorkers = 2 }),
        MsOptions.Create(new SocketTransportOptions()),
        new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(3) },
        NullLoggerFactory.Instance);
}
