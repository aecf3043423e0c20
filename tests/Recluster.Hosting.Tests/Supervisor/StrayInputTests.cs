using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Every phase of a worker meets every input, and every input meets workers that are not there.</summary>
public class StrayInputTests
{
    // Inputs are records of the product's own; a theory needs names.
    private static readonly Dictionary<string, Func<long, Input>> Inputs = new()
    {
        ["tick"] = _ => new Input.Tick(),
        ["started"] = id => new Input.Started(id, 77),
        ["ready"] = id => new Input.Ready(id),
        ["confirmed"] = id => new Input.AssignmentConfirmed(id, 1),
        ["replacement"] = id => new Input.ReplacementRequested(id, "reason"),
        ["channel lost"] = id => new Input.ChannelLost(id),
        ["exit 0"] = id => new Input.Exited(id, ExitStatus.Exited(0), []),
        ["killed"] = id => new Input.Exited(id, ExitStatus.Signaled(9), []),
        ["not started"] = id => new Input.Exited(id, ExitStatus.NotStarted("no"), []),
        ["reload"] = id => new Input.ReloadRequested(id),
        ["abort"] = id => new Input.AbortRequested(id),
        ["signal"] = _ => new Input.ReloadRequested(null),
        ["stop"] = _ => new Input.StopRequested(TimeSpan.FromSeconds(30)),
        ["terminate"] = _ => new Input.TerminateRequested(),
    };

    public static TheoryData<string, string> EveryPhaseAndInput()
    {
        var data = new TheoryData<string, string>();
        foreach (var phase in Enum.GetNames<ReclusterWorkerPhase>())
        {
            foreach (var input in Inputs.Keys)
            {
                data.Add(phase, input);
            }
        }

        return data;
    }

    public static TheoryData<string> InputsOfWorkers() =>
        ["started", "ready", "confirmed", "replacement", "channel lost", "exit 0", "killed", "not started"];

    [Theory]
    [MemberData(nameof(EveryPhaseAndInput))]
    public void Every_phase_of_a_worker_meets_every_input_twice_and_never_goes_back(string phase, string input)
    {
        var (cluster, subject) = WithSubjectIn(Enum.Parse<ReclusterWorkerPhase>(phase));

        // The driver checks the invariants after each.
        cluster.Do(Inputs[input](subject));
        cluster.Do(Inputs[input](input == "reload" ? 4711 : subject));
    }

    [Theory]
    [MemberData(nameof(InputsOfWorkers))]
    public void What_comes_late_from_a_dead_worker_is_dropped(string input)
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Pass(TimeSpan.FromSeconds(10));
        cluster.Crash(1);
        cluster.ReadyAll();
        var before = cluster.State;

        cluster.Do(Inputs[input](1));

        Assert.Same(before, cluster.State);
        Assert.Empty(cluster.Effects);
    }

    [Theory]
    [MemberData(nameof(InputsOfWorkers))]
    public void What_comes_from_a_worker_that_never_was_is_dropped(string input)
    {
        var cluster = ClusterDriver.Running(1);
        var before = cluster.State;

        cluster.Do(Inputs[input](4711));

        Assert.Same(before, cluster.State);
        Assert.Empty(cluster.Effects);
    }

    [Fact]
    public void After_the_end_everything_is_ignored_but_reloads_and_aborts_are_answered()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Terminate();
        cluster.Exit(1, ExitStatus.Signaled(9));
        var before = cluster.State;

        foreach (var (name, input) in Inputs)
        {
            cluster.Do(input(1));
            Assert.Same(before, cluster.State);
            Assert.Equal(name is "reload" or "abort" ? 1 : 0, cluster.Effects.Count);
        }
    }

    [Fact]
    public void Ready_said_by_a_worker_that_is_being_killed_does_not_count()
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);
        cluster.After(cluster.State.Settings.StartTimeout);

        cluster.Ready(2);

        Assert.Equal(ReclusterWorkerPhase.Killed, cluster.Phase(2));
        Assert.Equal(1, cluster.State.Generation);
    }

    [Fact]
    public void The_pid_of_a_worker_reaches_the_state_and_the_log()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));

        cluster.Do(new Input.Started(1, 4711));

        Assert.Equal(4711, cluster.State.Workers[1].ProcessId);
        Assert.Equal(4711, Assert.Single(cluster.Events<ClusterEvent.WorkerStarted>()).Worker.ProcessId);
        cluster.Do(new Input.Started(1, 4711));
        Assert.Empty(cluster.Effects);
    }

    private static (ClusterDriver Cluster, long Subject) WithSubjectIn(ReclusterWorkerPhase phase)
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(2));
        var subject = 1L;
        if (phase > ReclusterWorkerPhase.Starting)
        {
            cluster.ReadyAll();
        }

        switch (phase)
        {
            case ReclusterWorkerPhase.Standby:
                subject = 3;
                cluster.Reload();
                cluster.Ready(subject);
                break;
            case ReclusterWorkerPhase.Draining:
                cluster.Reload();
                cluster.ReadyAll();
                break;
            case ReclusterWorkerPhase.Killed:
                // A respawn that is not ready in time.
                cluster.Crash(1);
                subject = cluster.State.LastWorkerId + 1;
                cluster.After(cluster.State.Settings.RespawnDelay);
                cluster.After(cluster.State.Settings.StartTimeout);
                break;
        }

        Assert.Equal(phase, cluster.Phase(subject));
        return (cluster, subject);
    }
}
