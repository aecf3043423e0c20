using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Recluster.Health;
using Recluster.Lifecycle;
using Recluster.Protocol;

namespace Recluster.Hosting.Tests;

public class ReclusterHealthCheckTests
{
    private readonly WorkerControl _control = new(new Lazy<MessageChannel>(() => throw new InvalidOperationException("Nothing is sent.")));

    [Fact]
    public async Task Before_the_first_snapshot_a_worker_does_not_say_that_there_is_no_cluster()
    {
        var before = await CheckAsync();
        _control.Update(new ClusterSnapshot(1, 1, [Active]).ToJson());
        var after = await CheckAsync();

        Assert.Equal(
            (HealthStatus.Unhealthy, "The cluster starts: this process does not know of any worker that serves yet."),
            (before.Status, before.Description));
        Assert.Equal(HealthStatus.Healthy, after.Status);
    }

    [Fact]
    public async Task Files_that_were_changed_in_place_degrade_it_until_a_reload_succeeds()
    {
        _control.Update(new ClusterSnapshot(1, 1, [Active]).ToJson());
        _control.UpdateReport(new ClusterReport(ChangedFiles: "App.dll in '/srv/app'").ToJson());
        var changed = await CheckAsync();
        _control.UpdateReport(ClusterReport.Empty.ToJson());
        var after = await CheckAsync();

        Assert.Equal((HealthStatus.Degraded, HealthStatus.Healthy), (changed.Status, after.Status));
        Assert.EndsWith(
            "Files of the app were changed since generation 1 began, and no reload has succeeded since: App.dll in '/srv/app'.",
            changed.Description,
            StringComparison.Ordinal);
        Assert.Equal("App.dll in '/srv/app'", changed.Data["changedFiles"]);
        Assert.DoesNotContain("changedFiles", after.Data.Keys);
    }

    private static ReclusterWorkerInfo Active => new()
    {
        Slot = 0,
        ProcessId = 5,
        Generation = 1,
        Phase = ReclusterWorkerPhase.Active,
        StartTime = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public async Task The_failure_status_of_the_registration_takes_the_place_of_unhealthy_and_not_of_degraded()
    {
        _control.Update(new ClusterSnapshot(1, 1, []).ToJson());
        var none = await CheckAsync(HealthStatus.Degraded);
        _control.Update(new ClusterSnapshot(2, 1, [Active]).ToJson());
        var old = await CheckAsync(HealthStatus.Unhealthy);

        Assert.Equal((HealthStatus.Degraded, HealthStatus.Degraded), (none.Status, old.Status));
    }

    [Fact]
    public void It_is_registered_as_every_other_check_is()
    {
        var services = new ServiceCollection();
        services.AddHealthChecks().AddRecluster().AddRecluster("cluster", HealthStatus.Degraded, ["live"], TimeSpan.FromSeconds(3));
        using var provider = services.BuildServiceProvider();

        var checks = provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.ToArray();
        var (first, second) = (checks[0], checks[1]);

        Assert.Equal(("recluster", HealthStatus.Unhealthy, Timeout.InfiniteTimeSpan), (first.Name, first.FailureStatus, first.Timeout));
        Assert.Equal(("cluster", HealthStatus.Degraded, TimeSpan.FromSeconds(3)), (second.Name, second.FailureStatus, second.Timeout));
        Assert.Equal(["live"], second.Tags);
        Assert.Equal(["recluster", "cluster"], provider.GetServices<ClusterCheck>().Select(check => check.Name));
    }

    private Task<HealthCheckResult> CheckAsync(HealthStatus failureStatus = HealthStatus.Unhealthy)
    {
        var check = new ReclusterHealthCheck(_control);
        return check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("recluster", check, failureStatus, null) });
    }
}
