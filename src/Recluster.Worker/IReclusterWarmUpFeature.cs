namespace Recluster;

/// <summary>
/// Marks the requests that a new worker sends to itself before it serves: <c>HttpContext.Features.Get&lt;IReclusterWarmUpFeature&gt;()</c> is not
/// null for them and null for every other. It belongs to the private connection that such a request comes by, so no client can forge it.
/// For leaving them out of an app's own logs, metrics, quotas or audit.
/// </summary>
public interface IReclusterWarmUpFeature;
