using Recluster.LoadClient;

namespace Recluster.Bench.Servers;

/// <summary>A server under measurement: Recluster, a peer, or a way to deploy. One object is one start on a port of its own.</summary>
internal interface IBenchServer : IAsyncDisposable
{
    /// <summary>Its name in the table.</summary>
    string Name { get; }

    /// <summary>Null where it can run here; else the reason in words, with the remedy ("nginx is not installed: apt-get install nginx").</summary>
    string? Missing { get; }

    /// <summary>The processes that serve and lead, at this moment; for CPU time and memory.</summary>
    IReadOnlyList<int> ProcessIds { get; }

    /// <summary>Starts it with so many workers (2 where nothing else is said). Completes when it answers.</summary>
    Task<LoadTarget> StartAsync(int workers, CancellationToken cancellationToken);

    /// <summary>Brings new code live the way this system does it. Completes when it has, as far as the system tells.</summary>
    Task ReloadAsync(CancellationToken cancellationToken);
}
