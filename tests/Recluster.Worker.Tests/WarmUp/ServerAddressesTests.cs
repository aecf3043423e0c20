using System.Net;
using System.Net.Sockets;
using Recluster.WarmUp;

namespace Recluster.Worker.Tests.WarmUp;

public class ServerAddressesTests
{
    [Theory]
    [InlineData("https://127.0.0.1:5001", 5001, true)]
    [InlineData("https://localhost:5001", 5001, true)]
    [InlineData("https://[::]:5001", 5001, true)]
    [InlineData("http://127.0.0.1:5001", 5001, false)]
    [InlineData("https://127.0.0.1:5001", 5002, false)]
    [InlineData("https://unix:/run/app.sock", 443, false)]
    public void A_port_is_found(string address, int port, bool expected) =>
        Assert.Equal(expected, ServerAddresses.SayHttps([address], new IPEndPoint(IPAddress.Loopback, port)));

    [Theory]
    [InlineData("https://unix:/run/app.sock", true)]
    [InlineData("http://unix:/run/app.sock", false)]
    [InlineData("https://unix:/run/other.sock", false)]
    [InlineData("https://localhost:443", false)]
    public void A_path_is_found(string address, bool expected) =>
        Assert.Equal(expected, ServerAddresses.SayHttps([address], new UnixDomainSocketEndPoint("/run/app.sock")));
}
