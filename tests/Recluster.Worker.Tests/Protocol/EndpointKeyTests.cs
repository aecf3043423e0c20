using System.Net;
using System.Net.Sockets;
using Recluster.Protocol;

namespace Recluster.Worker.Tests.Protocol;

public class EndpointKeyTests
{
    [Theory]
    [InlineData("127.0.0.1:8080", "tcp:127.0.0.1:8080")]
    [InlineData("0.0.0.0:0", "tcp:0.0.0.0:0")]
    [InlineData("[::]:80", "tcp:[::]:80")]
    [InlineData("[fe80::1%3]:80", "tcp:[fe80::1%3]:80")]
    public void A_TCP_endpoint_is_named_by_address_and_port_as_asked_for(string endpoint, string expected) =>
        Assert.Equal(expected, EndpointKey.For(IPEndPoint.Parse(endpoint)));

    [Theory]
    [InlineData("/run/my app.sock", "unix:/run/my app.sock")]
    [InlineData("\0abstract", "unix:@abstract")]
    public void A_Unix_socket_is_named_by_its_path(string path, string expected) =>
        Assert.Equal(expected, EndpointKey.For(new UnixDomainSocketEndPoint(path)));

    [Fact]
    public void Other_endpoints_cannot_be_served_and_the_error_names_them()
    {
        var endpoint = new DnsEndPoint("example.org", 80);

        Assert.False(EndpointKey.CanServe(endpoint));
        Assert.Contains("DnsEndPoint", Assert.Throws<NotSupportedException>(() => EndpointKey.For(endpoint)).Message, StringComparison.Ordinal);
        Assert.True(EndpointKey.CanServe(new IPEndPoint(IPAddress.Any, 0)));
        Assert.True(EndpointKey.CanServe(new UnixDomainSocketEndPoint("/x")));
    }
}
