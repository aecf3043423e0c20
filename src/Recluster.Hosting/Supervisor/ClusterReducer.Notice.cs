namespace Recluster.Supervisor;

// Whoever serves a slot is given notice before another takes it over, where its clients have begun what only its memory knows. It says
// when all of them have come back to it; SwitchNotice bounds that.
internal sealed partial class ClusterReducer
{
    private void OnSettled(Input.Settled settled)
    {
        if (_state.Workers.TryGetValue(settled.Worker, out var worker) && worker.Phase == ReclusterWorkerPhase.Active)
        {
            Update(worker with { Settled = [.. settled.Slots.Where(_state.HasStandby)] });
        }
    }

    /// <summary>Whether these slots may be switched together. The notice begins when the last of the successors is ready.</summary>
    private bool HaveHadNotice(params IReadOnlyCollection<int> slots)
    {
        var since = slots.SelectMany(_state.WorkersOf).Where(worker => worker.Phase == ReclusterWorkerPhase.Standby).Max(worker => worker.ReadyAt);
        return _now >= since + Settings.SwitchNotice
            || slots.All(slot => _state.ServersOf(slot).All(worker => worker.Settled.Contains(slot) || IsRelieved(worker)));
    }

    /// <summary>What was said before a successor that has failed does not count for the next.</summary>
    private void ForgetSettled()
    {
        foreach (var worker in Snapshot().Where(worker => !worker.Settled.All(_state.HasStandby)))
        {
            Update(worker with { Settled = [.. worker.Settled.Where(_state.HasStandby)] });
        }
    }
}
