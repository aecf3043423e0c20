namespace Recluster.Master;

/// <summary>The sockets of the cluster, as far as the supervisor has a say in them.</summary>
internal interface IClusterSockets
{
    /// <summary>From now on so many sockets of each group listen, and new connections go to the first so many slots.</summary>
    void Resize(int listeningSlots, int slots);

    /// <summary>No more connections come in. The master's references go; what a worker still holds lives until that worker lets go of it too.</summary>
    void Close();
}
