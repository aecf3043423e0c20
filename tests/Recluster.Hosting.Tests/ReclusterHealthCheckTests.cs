using Microsoft.Extensions.Diagnostics.HealthChecks;
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

    private static ReclusterWorkerInfo Active => new()
    {
        Slot = 0,
        ProcessId = 5,
        Generation = 1,
        Phase = ReclusterWorkerPhase.Active,
        StartTime = DateTimeOffset.UnixEpoch,
    };

    private Task<HealthCheckResult> CheckAsync() => new ReclusterHealthCheck(_control).CheckHealthAsync(new HealthCheckContext());
}
