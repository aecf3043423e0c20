using Recluster.Protocol;

namespace Recluster.Supervisor;

// How much a starting worker may warm up. Whoever has clients waiting for it is told to be quick, also when that begins during its start.
internal sealed partial class ClusterReducer
{
    /// <summary>No worker accepts connections at this moment, or those that do are not heard of.</summary>
    private bool ClientsWait => _state.Workers.Values.All(worker => worker.Phase != ReclusterWorkerPhase.Active || IsRelieved(worker));

    private void ShortenWarmUps()
    {
        // The first start has promised nothing yet: its workers warm up, but do not wait for the compiler.
        var extent = _state.Phase == ClusterPhase.Starting ? WarmUpExtent.WithoutPauses
            : ClientsWait ? WarmUpExtent.OnceEach
            : WarmUpExtent.Full;
        foreach (var worker in Snapshot().Where(worker => worker.Phase == ReclusterWorkerPhase.Starting && worker.WarmUp < extent))
        {
            Update(worker with { WarmUp = extent });
            _effects.Add(new Effect.ShortenWarmUp(worker.Id, extent));
        }
    }
}
