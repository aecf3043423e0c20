using CsCheck;
using Recluster.Protocol;

namespace Recluster.Worker.Tests.Protocol;

public class WorkerEnvironmentTests
{
    private static readonly WorkerEnvironment Sample = new(
        4711,
        9_000_000_000,
        3,
        12,
        77,
        TimeSpan.FromSeconds(5),
        78,
        [
            new("tcp:0.0.0.0:8080", EndpointLayout.Group, [10, 11, 12, 13]),
            new("tcp:[::1]:0", EndpointLayout.Failed, []),
            new("unix:/run/my app.sock", EndpointLayout.Shared, [14]),
        ])
    {
        HandOver = new(15, [16, 17], [18, 19]),
    };

    [Fact]
    public void The_environment_is_written_as_the_documentation_says()
    {
        Assert.Equal("2 4711 9000000000 3 12 77 5000 78 15:16,17:18,19", Sample.FormatWorker());
        Assert.Equal(
            "tcp%3A0.0.0.0%3A8080 group 10,11,12,13\ntcp%3A%5B%3A%3A1%5D%3A0 failed \nunix%3A%2Frun%2Fmy%20app.sock shared 14",
            Sample.FormatSockets());
    }

    [Fact]
    public void It_comes_back_as_it_was()
    {
        Assert.True(WorkerEnvironment.TryParse(Sample.FormatWorker(), Sample.FormatSockets(), out var read, out var error));

        Assert.Null(error);
        Assert.Equivalent(Sample, read, strict: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void An_app_without_endpoints_has_none(string? sockets)
    {
        Assert.True(WorkerEnvironment.TryParse("2 2 3 4 5 6 7 8 -", sockets, out var read, out _));

        Assert.Empty(read!.Endpoints);
    }

    [Fact]
    public void Without_hand_over_a_dash_says_so()
    {
        var none = Sample with { HandOver = null };
        Assert.EndsWith(" -", none.FormatWorker(), StringComparison.Ordinal);

        Assert.True(WorkerEnvironment.TryParse(none.FormatWorker(), "", out var read, out _));

        Assert.Null(read!.HandOver);
    }

    [Fact]
    public void Hand_over_descriptors_keep_their_places_under_other_numbers()
    {
        var renumbered = Sample.HandOver!.Renumber([.. Sample.HandOver.All.Select(descriptor => descriptor + 100)]);

        Assert.Equal("115:116,117:118,119", renumbered.Format());
    }

    [Theory]
    [InlineData("/run/with space.sock")]
    [InlineData("/run/100%25.sock")]
    [InlineData("/run/ümläut ✓.sock")]
    [InlineData("/run/new\nline\ttab\r.sock")]
    [InlineData("@abstract name")]
    [InlineData("relative,with,commas")]
    [InlineData("/run/group shared failed 1,2")]
    public void Odd_paths_of_Unix_sockets_come_back_as_they_were(string path)
    {
        var endpoint = new InheritedEndpoint("unix:" + path, EndpointLayout.Shared, [5]);

        Assert.True(InheritedEndpoint.TryParse(endpoint.Format(), out var read));

        Assert.Equivalent(endpoint, read, strict: true);
        Assert.DoesNotContain('\n', endpoint.Format());
    }

    [Fact]
    public void Any_endpoint_comes_back_as_it_was() => Gen.Select(
            Gen.String[Gen.Char[' ', '\ud000'], 1, 50],
            Gen.Enum<EndpointLayout>(),
            Gen.Int[0, int.MaxValue].Array[0, 10])
        .Sample((key, layout, descriptors) =>
        {
            Assert.True(InheritedEndpoint.TryParse(new InheritedEndpoint(key, layout, descriptors).Format(), out var read));
            Assert.Equal((key, layout), (read!.Key, read.Layout));
            Assert.Equal(descriptors, read.Descriptors);
        });

    [Theory]
    [InlineData("1 4711 1 0 1 77", 1)]
    [InlineData("0 4711 1 0 1 77", 0)]
    [InlineData("3", 3)]
    [InlineData("99 and whatever that version says", 99)]
    public void Another_version_is_refused_by_saying_both_versions_and_the_remedy(string worker, int version)
    {
        Assert.False(WorkerEnvironment.TryParse(worker, "", out var read, out var error));

        Assert.Null(read);
        Assert.Contains($"The master speaks Recluster protocol {version}, this build speaks 2.", error, StringComparison.Ordinal);
        Assert.Contains("restart the app", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("2")]
    [InlineData("2 2 3 4 5")]
    [InlineData("2 2 3 4 5 6 7 8")]
    [InlineData("2 2 3 4 5 -6 7 8 -")]
    [InlineData("2 pid 3 4 5 6 7 8 -")]
    [InlineData("2 2 3  4 5 6 7 8 -")]
    [InlineData("2 2 3 4 5 6 7 8 9")]
    [InlineData("2 2 3 4 5 6 7 8 9:10:")]
    [InlineData("2 2 3 4 5 6 7 8 9:10,11:12")]
    [InlineData("2 2 3 4 5 6 7 8 :10:11")]
    public void What_is_no_worker_environment_is_refused_by_showing_it(string worker)
    {
        Assert.False(WorkerEnvironment.TryParse(worker, "", out var read, out var error));

        Assert.Null(read);
        Assert.Equal($"RECLUSTER_WORKER is not a worker environment: '{worker}'.", error);
    }

    [Theory]
    [InlineData("tcp%3A")]
    [InlineData("tcp%3A group")]
    [InlineData("tcp%3A groups 1")]
    [InlineData("tcp%3A group 1,x")]
    [InlineData("tcp%3A group -1")]
    [InlineData("tcp%3A group 1 2")]
    public void A_line_that_is_no_endpoint_is_refused_by_showing_it(string line)
    {
        Assert.False(WorkerEnvironment.TryParse("2 2 3 4 5 6 7 8 -", "a group 1\n" + line, out _, out var error));

        Assert.Equal($"RECLUSTER_SOCKETS has a line that is no endpoint: '{line}'.", error);
    }
}
