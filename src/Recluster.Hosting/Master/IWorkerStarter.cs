using Recluster.Processes;

namespace Recluster.Master;

/// <summary>Starts the process of a worker.</summary>
internal interface IWorkerStarter
{
    /// <exception cref="ProcessStartException">It could not be started.</exception>
    IChildProcess Start(long worker, int slot, int generation);
}
