using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

/// <summary>KeepRelease: the release of a generation is copied before its first worker starts.</summary>
public class KeepReleaseTests
{
    private static readonly SupervisorSettings Settings = ClusterDriver.Settings(2) with { KeepsReleases = true };

    [Fact]
    public void No_worker_starts_before_the_copy_is_there_and_it_is_asked_for_once()
    {
        var cluster = new ClusterDriver(Settings) { KeepsReleases = false };

        cluster.Tick();
        Assert.Equal([new Effect.KeepRelease(1)], cluster.Effects);
        cluster.After(TimeSpan.FromSeconds(5));
        Assert.Empty(cluster.Effects);
        cluster.Do(new Input.ReleaseKept(1));

        Assert.Equal([1L, 2L], cluster.Starting);
    }

    [Fact]
    public void A_dead_worker_and_a_further_slot_need_no_further_copy()
    {
        var cluster = ClusterDriver.Running(Settings);
        cluster.KeepsReleases = false;

        cluster.Crash(1);
        cluster.Scale(3);
        cluster.After(TimeSpan.FromSeconds(5));

        Assert.Equal(2, cluster.Starting.Length);
        Assert.Single(cluster.AllEffects.OfType<Effect.KeepRelease>());
    }

    [Fact]
    public void A_copy_that_fails_at_the_first_start_fails_the_start()
    {
        var cluster = new ClusterDriver(Settings) { KeepsReleases = false };
        cluster.Tick();

        cluster.Do(new Input.ReleaseKept(1, "No space left on device"));

        var failure = Assert.Single(cluster.Effects.OfType<Effect.ReportStopped>()).Failure;
        Assert.Equal(("No space left on device", false), (failure?.Reason, failure?.HasWorkerEnded));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_copy_that_fails_in_a_reload_rolls_it_back_and_the_next_reload_copies_anew(bool isException)
    {
        var cluster = ClusterDriver.Running(Settings);
        cluster.KeepsReleases = false;
        cluster.Reload(7);
        Assert.Empty(cluster.Starting);

        cluster.Do(isException
            ? new Input.EffectFailed(new Effect.KeepRelease(2), "No space left on device")
            : new Input.ReleaseKept(2, "No space left on device"));

        Assert.Equal((ReloadStatus.RolledBack, "No space left on device"), (cluster.Answer(7)!.Status, cluster.Answer(7)!.Reason));
        Assert.Contains(new Effect.ForgetRelease(2), cluster.Effects);
        cluster.KeepsReleases = true;
        cluster.ReloadToTheEnd(8);
        Assert.Equal((ReloadStatus.Succeeded, 3), (cluster.Answer(8)!.Status, cluster.Answer(8)!.Generation));
    }

    [Fact]
    public void A_stop_while_a_release_is_copied_forgets_that_release_and_starts_nothing_from_it()
    {
        var cluster = ClusterDriver.Running(Settings);
        cluster.KeepsReleases = false;
        cluster.Reload();

        cluster.Stop(TimeSpan.FromSeconds(10));
        Assert.Contains(new Effect.ForgetRelease(2), cluster.Effects);
        cluster.Do(new Input.ReleaseKept(2));

        Assert.Empty(cluster.Starting);
        Assert.Equal([1], cluster.State.KeptReleases);
    }
}
