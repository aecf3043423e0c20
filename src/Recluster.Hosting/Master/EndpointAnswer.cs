namespace Recluster.Master;

/// <summary>What became of an endpoint that a worker has asked for.</summary>
/// <param name="Address">The key of its address, where it is reserved.</param>
/// <param name="Missing">Why this machine has no such address, where it has none: Kestrel may go on without it, as without IPv6.</param>
/// <param name="Error">Why it cannot be had, and what to do.</param>
internal sealed record EndpointAnswer(string? Address, string? Missing = null, string? Error = null);
