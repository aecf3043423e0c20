using System.Net.Sockets;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Unix domain sockets and their files.</summary>
public class UnixSocketTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_Unix_domain_socket_is_served_by_every_worker_of_every_generation(bool inCode)
    {
        using var folder = new TemporaryFolder();
        var socket = folder.File("app.sock");
        await using var cluster = await ClusterProcess.StartAsync(inCode
            ? new() { Urls = null, Arguments = [$"--Zoo:Listen=unix:{socket}"] }
            : new() { Urls = $"http://unix:{socket}" });

        Assert.All((await cluster.AllSlotsAsync(target: LoadTarget.Unix(socket))).Values, who => Assert.Equal(1, who.Generation));
        await cluster.ReloadBySignalAsync();
        Assert.All((await cluster.AllSlotsAsync(target: LoadTarget.Unix(socket))).Values, who => Assert.Equal(2, who.Generation));

        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
        Assert.False(File.Exists(socket));
    }

    [Fact]
    public async Task A_stale_socket_file_is_taken_over()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("app.sock");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".kept"); // Disposing removes the file that it bound.
        }

        File.Move(path + ".kept", path);
        Assert.True(File.Exists(path));

        await using var cluster = await ClusterProcess.StartAsync(new() { Urls = $"http://unix:{path}" });

        Assert.Equal(cluster.MasterPid, (await cluster.WhoAsync(LoadTarget.Unix(path))).MasterPid);
    }

    [Fact]
    public async Task A_socket_that_somebody_listens_on_is_an_error_and_left_alone()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("app.sock");
        using var stranger = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stranger.Bind(new UnixDomainSocketEndPoint(path));
        stranger.Listen();

        await AssertTakenAsync(path, $"process {Environment.ProcessId} (");

        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path));
    }

    [Fact]
    public async Task A_regular_file_in_the_way_is_an_error_and_left_alone()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("precious");
        await File.WriteAllTextAsync(path, "not a socket");

        await AssertTakenAsync(path, "another process listens on it, or the file is no socket.");

        Assert.Equal("not a socket", await File.ReadAllTextAsync(path));
    }

    private static async Task AssertTakenAsync(string path, string by)
    {
        await using var cluster = ClusterProcess.Launch(new() { Urls = $"http://unix:{path}" });
        Assert.NotEqual(0, await cluster.ExitAsync());
        await cluster.Log.WaitForAsync($"The Unix domain socket {path} is taken: {by}");
        Assert.Equal(0, cluster.Log.Count("Worker started"));
    }
}
