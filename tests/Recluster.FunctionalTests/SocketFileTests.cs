using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>The file of a Unix domain socket is shared by all processes of the cluster, and by whoever else may remove it.</summary>
public sealed class SocketFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Socket => _folder.File("run/app.sock");

    private LoadTarget Target => LoadTarget.Unix(Socket);

    public SocketFileTests() => Directory.CreateDirectory(_folder.File("run"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_app_that_removes_the_file_before_it_listens_serves_in_every_generation()
    {
        await using var cluster = await StartAsync("--Zoo:Removes=file");

        await cluster.AllSlotsAsync(target: Target);
        await cluster.ReloadBySignalAsync();
        Assert.Equal([2, 2], (await cluster.AllSlotsAsync(target: Target)).Values.Select(who => who.Generation));
        await cluster.Log.WaitForAsync($"The socket file {Socket} was removed or replaced; it is put back.");

        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
        Assert.Empty(Directory.GetFileSystemEntries(_folder.File("run")));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task A_file_that_is_removed_while_the_cluster_runs_is_put_back_with_its_permissions()
    {
        await using var cluster = await StartAsync();
        File.SetUnixFileMode(Socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        for (var i = 0; i < 3; i++)
        {
            File.Delete(Socket);
            await Eventually.TrueAsync(() => File.Exists(Socket), () => "the file. The output: " + cluster.Log.Text);
        }

        await cluster.AllSlotsAsync(target: Target);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));
        await Eventually.TrueAsync(() => cluster.Log.Count("it is put back") == 3, () => "said three times: " + cluster.Log.Text);
    }

    [Fact]
    public async Task A_dead_socket_in_its_place_is_replaced_by_the_file()
    {
        await using var cluster = await StartAsync("--Recluster:HeartbeatTimeout=00:00:03");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(_folder.File("run/dead")));
            Posix.RenameOver(_folder.File("run/dead"), Socket);
        }

        await cluster.Log.WaitForAsync("it is put back");
        await cluster.AllSlotsAsync(target: Target);
    }

    [Fact]
    public async Task Whoever_else_listens_there_by_now_is_left_alone_also_at_the_end()
    {
        await using var cluster = await StartAsync("--Recluster:HeartbeatTimeout=00:00:03");
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(_folder.File("run/other")));
        other.Listen();
        Posix.RenameOver(_folder.File("run/other"), Socket);

        await cluster.Log.WaitForAsync($"The socket file {Socket} was removed or replaced and cannot be put back: another process listens on it");
        cluster.Signal(Posix.SigTerm);
        Assert.Equal(0, await cluster.ExitAsync());
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
    }

    [Fact]
    public async Task With_its_folder_removed_and_made_again_the_socket_is_bound_anew_and_a_reload_gives_it_to_the_workers()
    {
        await using var cluster = await StartAsync("--Recluster:HeartbeatTimeout=00:00:03");
        Directory.Move(_folder.File("run"), _folder.File("gone")); // In one step, where rm -r would race with the master.
        await cluster.Log.WaitForAsync("cannot be put back: its directory is gone");
        Directory.CreateDirectory(_folder.File("run"));

        await cluster.Log.WaitForAsync("It is bound anew, and a reload gives it to the workers.");
        await cluster.Log.WaitForAsync("Reload done");

        Assert.Equal([2, 2], (await cluster.AllSlotsAsync(target: Target)).Values.Select(who => who.Generation));
    }

    [Fact]
    public async Task An_app_that_removes_the_whole_folder_cannot_start_and_is_told_why()
    {
        await using var cluster = ClusterProcess.Launch(Options("--Zoo:Removes=folder"));

        Assert.NotEqual(0, await cluster.ExitAsync());
        await cluster.Log.WaitForAsync($"The socket file {Socket} was removed or replaced, and cannot be put back");
        Assert.Equal(0, cluster.Log.Count("Cluster started"));
    }

    [Fact]
    public async Task A_leftover_of_a_master_that_was_killed_is_taken_over()
    {
        await using (var killed = await StartAsync())
        {
            Posix.Signal(killed.MasterPid, Posix.SigKill);
            await killed.AllGoneAsync();
        }

        await using var cluster = await StartAsync();
        File.Delete(Socket);
        await Eventually.TrueAsync(() => File.Exists(Socket), () => "the file");
        Assert.Equal(cluster.MasterPid, (await cluster.WhoAsync(Target)).MasterPid);
    }

    [Fact]
    public async Task A_port_that_every_worker_opens_itself_is_named_as_the_cause()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;

        await using var cluster = ClusterProcess.Launch(new() { Arguments = [$"--Zoo:OwnPort={port}"] });

        Assert.NotEqual(0, await cluster.ExitAsync());
        await cluster.Log.WaitForAsync(
            "It says that an address is in use already: a port that the app opens itself can be open in one process only. Every worker runs Program.cs");
    }

    private ZooOptions Options(params string[] arguments) => new() { Urls = null, Arguments = [$"--Zoo:Listen=unix:{Socket}", .. arguments] };

    private Task<ClusterProcess> StartAsync(params string[] arguments) => ClusterProcess.StartAsync(Options(arguments));
}
