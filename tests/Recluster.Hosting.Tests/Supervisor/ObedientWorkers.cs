using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Plays a cluster forward with workers that do what they are told, until nothing is left to be done.</summary>
internal static class ObedientWorkers
{
    private const int MostSteps = 5000;

    internal static void PlayToTheEnd(ClusterDriver cluster)
    {
        for (var step = 0; step < MostSteps; step++)
        {
            if (NextInput(cluster.State) is { } input)
            {
                cluster.Do(input);
            }
            else
            {
                // They beat, and often enough; time passes only while something is to come of it.
                Array.ForEach([.. cluster.State.Workers.Keys], worker => cluster.Beat(worker));
                if (NextInput(cluster.State) is not null)
                {
                    continue;
                }

                var settings = cluster.State.Settings;
                var silent = cluster.State with { Settings = settings with { HeartbeatTimeout = TimeSpan.Zero } };
                if (ClusterDeadlines.Next(silent, cluster.Now) is not { } next)
                {
                    return;
                }

                var beat = settings.HeartbeatTimeout > TimeSpan.Zero ? settings.HeartbeatTimeout / 3 : TimeSpan.MaxValue;
                cluster.After(next - cluster.Now < beat ? next - cluster.Now : beat);
            }
        }

        Assert.Fail($"The cluster does not come to rest: {cluster.State}");
    }

    private static Input? NextInput(ClusterState state)
    {
        if (state.Reserving is { } slots)
        {
            return new Input.Reserved(slots);
        }

        if (state.Settings.KeepsReleases && state.Releases.Except(state.KeptReleases) is { IsEmpty: false } releases)
        {
            return new Input.ReleaseKept(releases.First());
        }

        foreach (var worker in state.Workers.Values)
        {
            Input? input = worker switch
            {
                { Phase: ReclusterWorkerPhase.Starting } => new Input.Ready(worker.Id),
                { KilledAt: not null } => new Input.Exited(worker.Id, ExitStatus.Signaled(9), []),
                { Killed: not null } => new Input.DumpEnded(worker.Id),
                { Phase: ReclusterWorkerPhase.Active } when worker.AssignmentConfirmed < worker.AssignmentSent =>
                    new Input.AssignmentConfirmed(worker.Id, worker.AssignmentSent),
                { Phase: ReclusterWorkerPhase.Active } when worker.Sockets < state.ReservedSlots =>
                    new Input.SocketsTaken(worker.Id, state.ReservedSlots),
                { Phase: ReclusterWorkerPhase.Draining } => new Input.Exited(worker.Id, ExitStatus.Exited(0), []),
                _ => null,
            };
            if (input is not null)
            {
                return input;
            }
        }

        return null;
    }
}
