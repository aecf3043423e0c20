using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Recluster.LoadClient;

namespace Recluster.Bench.Servers.Peers;

/// <summary>What all peers share: a port, a folder for their files, and processes that are gone at the end.</summary>
internal abstract class Peer : IBenchServer
{
    private readonly List<ChildProcess> _children = [];
    private DirectoryInfo? _folder;

    public abstract string Name { get; }

    public abstract string? Missing { get; }

    /// <summary>The version that is installed; null where it does not say.</summary>
    public abstract string? Version { get; }

    public virtual IReadOnlyList<int> ProcessIds => [.. _children.SelectMany(child => child.Tree)];

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    protected int Port { get; private set; }

    /// <summary>The same as text.</summary>
    protected string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Its folder for configuration, logs and sockets. It goes with the peer.</summary>
    protected string Folder => (_folder ??= Directory.CreateTempSubdirectory("recluster-bench-")).FullName;

    public async Task<LoadTarget> StartAsync(int workers, CancellationToken cancellationToken)
    {
        Port = FreePort();
        var target = LoadTarget.Loopback(Port);
        var leader = await LaunchAsync(workers, cancellationToken);
        await Wait.UntilAnswersAsync(leader, target, cancellationToken);
        return target;
    }

    public abstract Task ReloadAsync(CancellationToken cancellationToken);

    public virtual async ValueTask DisposeAsync()
    {
        // The last started goes first: a proxy before what stands behind it.
        foreach (var child in Enumerable.Reverse(_children))
        {
            await child.DisposeAsync();
        }

        _folder?.Delete(recursive: true);
    }

    /// <summary>Starts what has to be started.</summary>
    /// <returns>The process whose early end means that the start has failed; null where none can be watched.</returns>
    protected abstract Task<ChildProcess?> LaunchAsync(int workers, CancellationToken cancellationToken);

    /// <summary>Starts a process that is killed at the end, with all below it.</summary>
    protected ChildProcess Spawn(string program, IEnumerable<string> arguments, params (string Name, object Value)[] environment)
    {
        var log = Path.Combine(Folder, $"{_children.Count}.log");
        var child = ChildProcess.Start(log, program, arguments, environment.ToDictionary(v => v.Name, v => $"{v.Value}"));
        _children.Add(child);
        return child;
    }

    /// <summary>A port that nobody has at this moment.</summary>
    protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
