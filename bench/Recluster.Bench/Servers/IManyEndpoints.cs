using Recluster.LoadClient;

namespace Recluster.Bench.Servers;

/// <summary>A server that also has endpoints for TLS and HTTP/2.</summary>
internal interface IManyEndpoints
{
    /// <summary>Where it listens, once it is started.</summary>
    LoadTargets Targets { get; }
}
