namespace Recluster;

/// <summary>How new connections are spread over the slots.</summary>
public enum Balancing
{
    /// <summary>
    /// By the kernel's hash, and then evened out: a worker that accepts a connection and has notably more of them than a sibling hands
    /// it to that sibling before a byte of it is read. Also on Unix domain sockets. A worker whose connections come and go, as many in
    /// a second as are open, hands none over: those even out by themselves. The default, unless the app has SignalR or Blazor Server.
    /// </summary>
    LeastConnections,

    /// <summary>The kernel's own: by a hash of addresses and ports (SO_REUSEPORT, socket(7)), and no more than that.</summary>
    Connection,

    /// <summary>
    /// By the client's address: all connections of a client go to one slot, across reload, crash and respawn. For apps that keep
    /// state in the process (SignalR, in-memory sessions). The default of an app with SignalR or Blazor Server. All clients behind one proxy or NAT share a slot; a change
    /// of the number of workers moves clients to other slots. Unix domain sockets have no client address and are not affected.
    /// </summary>
    ClientAddress,
}
