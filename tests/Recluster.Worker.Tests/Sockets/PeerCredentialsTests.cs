using System.Diagnostics;
using System.Net.Sockets;
using Recluster.Platform;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.Sockets;

public sealed class PeerCredentialsTests : IDisposable
{
    private readonly string _name = $"recluster-test-{Guid.NewGuid():N}";
    private readonly Socket _listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public PeerCredentialsTests()
    {
        _listening.Bind(new UnixDomainSocketEndPoint("\0" + _name));
        _listening.Listen();
    }

    public void Dispose() => _listening.Dispose();

    [Fact]
    public async Task A_connection_of_this_process_is_told_from_one_of_another()
    {
        using var own = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        own.Connect(_listening.LocalEndPoint!);
        using var ownAccepted = await _listening.AcceptAsync().InTime();

        // Perl is in every Debian, and all that it takes is another process.
        using var other = Process.Start("perl", ["-MSocket", "-e", $"socket(S,PF_UNIX,SOCK_STREAM,0); connect(S,pack_sockaddr_un(\"\\0{_name}\")) or die; sysread(S,$b,1)"]);
        using var otherAccepted = await _listening.AcceptAsync().InTime();

        Assert.True(PeerCredentials.IsThisProcess(ownAccepted));
        Assert.False(PeerCredentials.IsThisProcess(otherAccepted));
        otherAccepted.Dispose();
        await other.WaitForExitAsync().InTime();
    }
}
