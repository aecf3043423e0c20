namespace Recluster.Supervisor;

// What could not be carried out. A start that failed is an exit, and a worker that cannot be told is lost. The other effects have an answer or a
// deadline of their own; a kill is repeated in any case.
internal sealed partial class ClusterReducer
{
    private void OnEffectFailed(Input.EffectFailed failed)
    {
        switch (failed.Effect)
        {
            case Effect.Start start:
                OnExited(new Input.Exited(start.Worker, ExitStatus.NotStarted(failed.Error), []));
                break;
            case Effect.Dump dump:
                OnDumpEnded(dump.Worker);
                break;
            case Effect.KeepRelease keep:
                OnReleaseKept(new Input.ReleaseKept(keep.Generation, failed.Error));
                break;
            case Effect.LookAtRelease look:
                OnReleaseSeen(new Input.ReleaseSeen(look.Generation, null));
                break;
            case Effect.Resize:
                FailScale($"The sockets of the new slots cannot be used: {failed.Error}");
                break;
            case Effect.Assign { Worker: var worker }:
                OnChannelLost(worker);
                break;
            case Effect.Drain { Worker: var worker }:
                OnChannelLost(worker);
                break;
            case Effect.OfferSockets { Worker: var worker }:
                OnChannelLost(worker);
                break;
        }
    }
}
