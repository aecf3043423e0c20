namespace Recluster.Protocol;

/// <summary>How the sockets of one endpoint are laid out.</summary>
internal enum EndpointLayout
{
    /// <summary>A SO_REUSEPORT group: one listening socket for each slot.</summary>
    Group,

    /// <summary>One listening socket that every active worker accepts from.</summary>
    Shared,

    /// <summary>The master could not bind it, and Kestrel went on without it.</summary>
    Failed,
}

/// <summary>One endpoint the master reserved: its key (the endpoint as the app asked for it) and the descriptors of its sockets.</summary>
internal sealed record InheritedEndpoint(string Key, EndpointLayout Layout, IReadOnlyList<int> Descriptors);
