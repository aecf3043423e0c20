using System.Net;
using Microsoft.Extensions.Logging;
using Recluster.Hosting.Tests.Support;
using Recluster.Sockets;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Sockets;

public class Http3OffTests
{
    [Fact]
    public async Task However_many_endpoints_want_HTTP3_one_warning_says_that_it_is_off()
    {
        using var log = new RecordingLogger();
        var off = new Http3Off(log);
        await using var first = await off.BindAsync(new IPEndPoint(IPAddress.Loopback, 1));
        await using var second = await off.BindAsync(new IPEndPoint(IPAddress.Loopback, 2));

        log.Log(LogLevel.Information, default, "the end", null, (text, _) => text);

        Assert.Contains("HTTP/3 is switched off in the cluster", await log.NextAsync(""), StringComparison.Ordinal);
        Assert.Equal("the end", await log.NextAsync(""));
    }

    [Fact]
    public async Task It_accepts_nothing_until_it_is_unbound()
    {
        using var log = new RecordingLogger();
        await using var listener = await new Http3Off(log).BindAsync(new IPEndPoint(IPAddress.Loopback, 1));
        var accepting = listener.AcceptAsync().AsTask();
        Assert.False(accepting.IsCompleted);

        await listener.UnbindAsync();

        Assert.Null(await accepting.InTime());
    }
}
