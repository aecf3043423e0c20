using Recluster.Protocol;

namespace Recluster.Worker.Tests.Protocol;

public class WorkerEnvironmentTests
{
    private static readonly WorkerEnvironment Sample = new(4711, 9_000_000_000, 3, 12, 77, TimeSpan.FromSeconds(5), 0, []);

    [Fact]
    public void The_environment_is_written_as_the_documentation_says() =>
        Assert.Equal("3 4711 9000000000 3 12 77 5000", Sample.FormatWorker());

    [Fact]
    public void It_comes_back_as_it_was()
    {
        Assert.True(WorkerEnvironment.TryParse(Sample.FormatWorker(), out var read, out var error));

        Assert.Null(error);
        Assert.Equivalent(Sample, read, strict: true);
    }

    [Fact]
    public void What_the_master_shares_is_sorted_by_endpoint_and_slot()
    {
        var read = Sample.With(
        [
            new SharedEntry.KeyRing(78),
            new SharedEntry.Board(64, 15),
            new SharedEntry.Endpoint("tcp:0.0.0.0:8080", EndpointLayout.Group),
            new SharedEntry.Socket(0, 0, 10),
            new SharedEntry.Socket(0, 1, 11),
            new SharedEntry.Endpoint("tcp:[::1]:0", EndpointLayout.Failed),
            new SharedEntry.Endpoint("unix:/run/my app.sock", EndpointLayout.Shared),
            new SharedEntry.Socket(2, 0, 14),
            new SharedEntry.Queue(0, 16, 18),
            new SharedEntry.Queue(1, 17, 19),
            new SharedEntry.Socket(0, 2, 12), // After a scaling out.
        ]);

        Assert.Equivalent(
            Sample with
            {
                KeyRingDescriptor = 78,
                HandOver = new(15, 64, [16, 17], [18, 19]),
                Endpoints =
                [
                    new("tcp:0.0.0.0:8080", EndpointLayout.Group, [10, 11, 12]),
                    new("tcp:[::1]:0", EndpointLayout.Failed, []),
                    new("unix:/run/my app.sock", EndpointLayout.Shared, [14]),
                ],
            },
            read,
            strict: true);
    }

    [Fact]
    public void An_app_without_endpoints_shares_nothing()
    {
        var read = Sample.With([]);

        Assert.Equal((0, null), (read.KeyRingDescriptor, read.HandOver));
        Assert.Empty(read.Endpoints);
    }

    [Theory]
    [InlineData("1 4711 1 0 1 77", 1)]
    [InlineData("2 4711 1 0 1 77 5000 78 -", 2)]
    [InlineData("0 4711 1 0 1 77", 0)]
    [InlineData("4", 4)]
    [InlineData("99 and whatever that version says", 99)]
    public void Another_version_is_refused_by_saying_both_versions_and_the_remedy(string worker, int version)
    {
        Assert.False(WorkerEnvironment.TryParse(worker, out var read, out var error));

        Assert.Null(read);
        Assert.Contains($"The master speaks Recluster protocol {version}, this build speaks 3.", error, StringComparison.Ordinal);
        Assert.Contains("restart the app", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("3")]
    [InlineData("3 2 3 4 5")]
    [InlineData("3 2 3 4 5 6")]
    [InlineData("3 2 3 4 5 6 7 8")]
    [InlineData("3 2 3 4 5 -6 7")]
    [InlineData("3 pid 3 4 5 6 7")]
    [InlineData("3 2 3  4 5 6 7")]
    public void What_is_no_worker_environment_is_refused_by_showing_it(string worker)
    {
        Assert.False(WorkerEnvironment.TryParse(worker, out var read, out var error));

        Assert.Null(read);
        Assert.Equal($"RECLUSTER_WORKER is not a worker environment: '{worker}'.", error);
    }
}
