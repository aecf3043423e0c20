namespace Recluster.Master;

/// <summary>The sockets of the cluster, as far as the supervisor has a say in them.</summary>
internal interface IClusterSockets
{
    /// <summary>
    /// Opens the sockets of so many slots, and puts them on the list from which every worker may take them. Nothing listens there yet.
    /// </summary>
    /// <returns>Null; or why it cannot be, and then nothing has changed.</returns>
    string? Reserve(int slots);

    /// <summary>From now on so many sockets of each group listen, and new connections go to the first so many slots.</summary>
    void Resize(int listeningSlots, int slots);

    /// <summary>Reserves an endpoint that a new generation asks for.</summary>
    Task<EndpointAnswer> ReserveAsync(string key);

    /// <summary>Gives up every endpoint but these. Gives the places of those given up, among all that there ever were.</summary>
    IReadOnlyList<int> Keep(IReadOnlyList<string> keys);

    /// <summary>
    /// Looks whether clients still find each socket by its file, and puts a file back that is gone. Null, or why that cannot be, each time it comes
    /// to that.
    /// </summary>
    string? CheckFiles();

    /// <summary>Binds each socket anew whose file cannot be put back. True if a reload has to give one to the workers.</summary>
    bool Rebind();

    /// <summary>No more connections come in. The master's references go; what a worker still holds lives until that worker lets go of it too.</summary>
    void Close();
}
