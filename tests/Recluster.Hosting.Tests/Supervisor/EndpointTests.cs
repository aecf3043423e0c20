using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>Which endpoints a generation listens on, and how they change.</summary>
public class EndpointTests
{
    private const string Old = "tcp:127.0.0.1:80";
    private const string New = "tcp:127.0.0.1:81";

    [Fact]
    public void What_the_first_generation_does_not_listen_on_is_given_up_at_the_start()
    {
        var cluster = ClusterDriver.Started(ClusterDriver.Settings(1));
        cluster.Do(new Input.Listening(1, [Old]));
        cluster.ReadyAll();

        Assert.Equal([Old], Assert.Single(cluster.AllEffects.OfType<Effect.KeepEndpoints>()).Keys.ToArray());
    }

    [Fact]
    public void A_new_endpoint_is_reserved_and_the_worker_starts_again_with_it()
    {
        var cluster = Running();
        cluster.Reload(1);

        Assert.Equal(New, Assert.Single(cluster.Do(new Input.EndpointWanted(3, New)).OfType<Effect.ReserveEndpoint>()).Key);
        cluster.Do(new Input.EndpointReserved(3, null));
        cluster.Do(new Input.Listening(3, [New]));
        Assert.Equal([3], cluster.Kills);
        Assert.Equal([1, 2], cluster.Of(ReclusterWorkerPhase.Active));
        cluster.Exit(3, ExitStatus.Signaled(9));

        Assert.Equal([(4, 0, 2)], cluster.Starts);
        Assert.Null(cluster.Answer(1));
        Assert.Contains("to start again with the endpoints that it asked for", cluster.Events<ClusterEvent.WorkerExited>()[0].Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_new_generation_does_not_listen_on_is_given_up_before_the_old_workers_lose_their_slots()
    {
        var cluster = Running();
        cluster.Reload(1);
        cluster.Do(new Input.EndpointWanted(3, New));
        cluster.Do(new Input.Listening(3, [New]));
        cluster.Exit(3, ExitStatus.Signaled(9));
        cluster.Do(new Input.Listening(4, [New]));
        cluster.Ready(4);
        cluster.Do(new Input.Listening(5, [New]));
        cluster.Ready(5);

        Assert.Equal([New], Assert.IsType<Effect.KeepEndpoints>(cluster.Effects.First(effect => effect is Effect.KeepEndpoints or Effect.Assign)).Keys.ToArray());
        cluster.ConfirmAll();
        Assert.Equal(ReloadStatus.Succeeded, cluster.Answer(1)!.Status);
        Assert.Equal([New], cluster.State.Endpoints!.Value.ToArray());
    }

    [Fact]
    public void A_refused_endpoint_rolls_back_with_its_reason_and_keeps_those_of_the_old_generation()
    {
        var cluster = Running();
        cluster.Reload(1);
        cluster.Do(new Input.EndpointWanted(3, New));

        cluster.Do(new Input.EndpointReserved(3, "The address 127.0.0.1:81 is taken."));

        Assert.Equal(ReloadStatus.RolledBack, cluster.Answer(1)!.Status);
        Assert.Contains("The address 127.0.0.1:81 is taken.", cluster.Answer(1)!.Reason, StringComparison.Ordinal);
        Assert.Equal([Old], Assert.Single(cluster.Effects.OfType<Effect.KeepEndpoints>()).Keys.ToArray());
        Assert.Equal([1, 2], cluster.Of(ReclusterWorkerPhase.Active));
    }

    [Fact]
    public void What_is_reserved_after_the_roll_back_is_given_up_too()
    {
        var cluster = Running();
        cluster.Reload();
        cluster.Do(new Input.EndpointWanted(3, New));
        cluster.Crash(3);

        cluster.Do(new Input.EndpointReserved(3, null));

        Assert.Equal([Old], Assert.Single(cluster.Effects.OfType<Effect.KeepEndpoints>()).Keys.ToArray());
    }

    [Fact]
    public void A_build_that_asks_for_another_endpoint_at_each_start_is_rolled_back()
    {
        var cluster = Running();
        cluster.Reload(1);
        cluster.Do(new Input.EndpointWanted(3, New));
        cluster.Do(new Input.Listening(3, [New]));
        cluster.Exit(3, ExitStatus.Signaled(9));

        cluster.Do(new Input.EndpointWanted(4, "tcp:127.0.0.1:82"));

        Assert.Contains("do not choose a port anew in each process", cluster.Answer(1)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Workers_of_one_generation_that_listen_on_different_endpoints_are_rolled_back()
    {
        var cluster = Running();
        cluster.Reload(1);
        cluster.Do(new Input.Listening(3, [Old]));
        cluster.Ready(3);

        cluster.Do(new Input.Listening(4, []));

        Assert.Contains("listens on none", cluster.Answer(1)!.Reason, StringComparison.Ordinal);
        Assert.Contains("another one of the same generation on 127.0.0.1:80", cluster.Answer(1)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Slot_by_slot_endpoints_do_not_change()
    {
        var added = Running(ClusterDriver.Settings(2) with { MaxSurge = 1 });
        added.Reload(1);
        added.Do(new Input.EndpointWanted(3, New));
        Assert.Contains("MaxSurge 1", added.Answer(1)!.Reason, StringComparison.Ordinal);

        var removed = Running(ClusterDriver.Settings(2) with { MaxSurge = 1 });
        removed.Reload(1);
        removed.Do(new Input.Listening(3, []));
        Assert.Contains("MaxSurge 1", removed.Answer(1)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Outside_a_reload_a_worker_with_other_endpoints_is_refused_and_a_sibling_serves_its_slot()
    {
        var cluster = Running();
        cluster.Crash(1);
        cluster.After(TimeSpan.FromSeconds(2));

        cluster.Do(new Input.EndpointWanted(3, New));

        Assert.Equal([3], cluster.Kills);
        Assert.Null(cluster.State.Reload);
        Assert.Equal([0, 1], cluster.Assignment(2));
        cluster.Exit(3, ExitStatus.Signaled(9));
        Assert.Contains(
            "it asks for the endpoint 127.0.0.1:81", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void When_nobody_serves_a_worker_with_other_endpoints_brings_about_a_reload()
    {
        var cluster = Running(ClusterDriver.Settings(1));
        cluster.Crash(1);
        cluster.After(TimeSpan.FromSeconds(2));

        cluster.Do(new Input.Listening(2, []));

        Assert.Equal(2, cluster.State.Reload!.Generation);
    }

    [Fact]
    public void A_deaf_worker_is_relieved_at_once_shows_in_no_snapshot_as_serving_and_is_replaced()
    {
        var cluster = ClusterDriver.Running(2);

        cluster.Do(new Input.Deaf(1, "unbound"));

        Assert.Equal([0, 1], cluster.Assignment(2));
        Assert.Equal([(3, 0, 1)], cluster.Starts);
        Assert.Equal("unbound", Assert.Single(cluster.Events<ClusterEvent.ReplacementRequested>()).Reason);
        Assert.Null(Recluster.Master.SnapshotMaker.Make(cluster.State, default).ActiveWorkers[0]);
        cluster.ReadyAll();
        Assert.Equal(3, cluster.Active(0));
        Assert.Equal(ReclusterWorkerPhase.Draining, cluster.Phase(1));
    }

    [Fact]
    public void With_all_workers_deaf_the_first_new_worker_of_a_reload_serves_at_once()
    {
        var cluster = ClusterDriver.Running(2);
        cluster.Reload();
        cluster.Do(new Input.Deaf(1, "unbound"));
        cluster.Do(new Input.Deaf(2, "unbound"));

        cluster.Ready(3);

        Assert.Equal(3, cluster.Active(0));
    }

    [Fact]
    public void A_lost_socket_file_fails_the_start_rolls_a_reload_back_and_is_bound_anew_otherwise()
    {
        var starting = ClusterDriver.Started(ClusterDriver.Settings(1));
        starting.Do(new Input.SocketFileLost("The file is gone."));
        Assert.Equal("The file is gone.", starting.State.Failure!.Reason);

        var reloading = ClusterDriver.Running(1);
        reloading.Reload(1);
        reloading.Do(new Input.SocketFileLost("The file is gone."));
        Assert.Equal("The file is gone.", reloading.Answer(1)!.Reason);

        Assert.Single(ClusterDriver.Running(1).Do(new Input.SocketFileLost("The file is gone.")).OfType<Effect.RebindFiles>());
    }

    private static ClusterDriver Running() => Running(ClusterDriver.Settings(2));

    private static ClusterDriver Running(SupervisorSettings settings)
    {
        var cluster = ClusterDriver.Started(settings);
        foreach (var worker in cluster.Starting)
        {
            cluster.Do(new Input.Listening(worker, [Old]));
        }

        cluster.ReadyAll();
        return cluster;
    }
}
