namespace Recluster.Protocol;

/// <summary>How much a worker warms up before it serves. It only ever gets less.</summary>
internal enum WarmUpExtent
{
    /// <summary>All of it, with pauses for the just-in-time compiler: other workers serve meanwhile.</summary>
    Full,

    /// <summary>All requests, but no pauses: the first start of the cluster, and Development, where a person waits.</summary>
    WithoutPauses,

    /// <summary>Each request once, and no pauses: no worker serves, and clients wait for this one.</summary>
    OnceEach,
}
