namespace Recluster.Bench.Servers.Peers;

/// <summary>A proxy as a program: what it is called, how it is configured, started and reloaded.</summary>
internal interface IProxy
{
    string Name { get; }

    string? Missing { get; }

    string? Version { get; }

    /// <summary>Writes its configuration.</summary>
    /// <param name="folder">Where to; its sockets and the like go there, too.</param>
    /// <param name="port">The port to listen on.</param>
    /// <param name="workers">How many workers, or threads where one process has them.</param>
    /// <param name="upstreams">The addresses that requests go to.</param>
    void Configure(string folder, int port, int workers, IReadOnlyList<string> upstreams);

    /// <summary>The command line that runs it in the foreground, with the configuration of this folder.</summary>
    IReadOnlyList<string> CommandLine(string folder);

    /// <summary>Makes it read its configuration anew. Completes when the old workers have been told to go.</summary>
    Task ReloadAsync(ChildProcess process, CancellationToken cancellationToken);
}
