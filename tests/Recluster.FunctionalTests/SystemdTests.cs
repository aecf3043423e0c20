using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>
/// A cluster as a service of systemd, without systemd: the parent of the master is a process of that name, which is what UseSystemd asks for.
/// </summary>
public class SystemdTests
{
    [Fact]
    public async Task Workers_log_as_the_master_does_and_only_the_master_speaks_with_systemd()
    {
        using var folder = new TemporaryFolder();
        using var notify = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        notify.Bind(new UnixDomainSocketEndPoint(folder.File("notify")));
        await using var cluster = await StartAsync(folder, ["--Zoo:Logger=systemd", "--Zoo:LoggerFirst=true"]);

        await cluster.RequestAsync("/log?text=this");
        await cluster.Log.WaitForAsync("The app failed this");
        await cluster.ReloadBySignalAsync(MasterOf(cluster));
        var place = await cluster.GetAsync<Place>("/systemd");
        Posix.Signal(MasterOf(cluster), Posix.SigTerm);
        await cluster.AllGoneAsync();

        Assert.Contains(cluster.Log.Lines, line => line.StartsWith("<6>", StringComparison.Ordinal) && line.Contains("The app says this", StringComparison.Ordinal));
        Assert.Contains(
            cluster.Log.Lines,
            line => line.StartsWith("<3>", StringComparison.Ordinal)
                && line.Contains("The app failed this", StringComparison.Ordinal)
                && line.Contains("a reason in two lines", StringComparison.Ordinal));
        Assert.All(cluster.Log.Lines, line => Assert.Matches("^<[0-7]>", line));
        Assert.Null(place.NotifySocket);
        Assert.Equal(["READY=1", "STOPPING=1"], Received(notify));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_variable_that_names_the_service_process_names_each_worker(bool isFirst)
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = ["sh", "-c", $"SYSTEMD_EXEC_PID=$$ exec '{LoggingZoo.Executable}' \"$@\"", "sh"],
            Arguments = ["--Zoo:Logger=systemd", $"--Zoo:LoggerFirst={isFirst}"],
        });

        var who = await cluster.WhoAsync();
        await using var slots = await SlotConnections.OpenAsync(cluster);
        foreach (var slot in (int[])[0, 1])
        {
            who = await slots.GetAsync<ZooIdentity>(slot, "/");
            Assert.Equal(who.Pid.ToString(CultureInfo.InvariantCulture), (await slots.GetAsync<Place>(slot, "/systemd")).ExecPid);
        }
    }

    /// <summary>A shell whose file is called systemd starts the app and waits for it.</summary>
    private static Task<ClusterProcess> StartAsync(TemporaryFolder folder, string[] arguments)
    {
        File.Copy("/bin/sh", folder.File("systemd"));
        return ClusterProcess.StartAsync(new()
        {
            Command = [folder.File("systemd"), "-c", $"'{LoggingZoo.Executable}' \"$@\"; exit $?", "sh"],
            Arguments = arguments,
            Environment = new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = folder.File("notify") },
        });
    }

    private static int MasterOf(ClusterProcess cluster) => cluster.LivingProcesses
        .Where(process => process != cluster.MasterPid)
        .First(process => File.ReadAllText($"/proc/{process}/comm").EndsWith(" master\n", StringComparison.Ordinal));

    private static List<string> Received(Socket notify)
    {
        var messages = new List<string>();
        var buffer = new byte[1024];
        while (notify.Available > 0)
        {
            messages.Add(Encoding.UTF8.GetString(buffer, 0, notify.Receive(buffer)));
        }

        return messages;
    }

    private sealed record Place(bool IsService, string? ExecPid, string? NotifySocket);
}
